/*
 * The way to the ssh-agent of whoever started the host. SSH_AUTH_SOCK is the
 * user's to choose, and the host may be set-uid; so what is connected to is
 * what the user could have connected to.
 */
#ifndef WIRE_AGENT_SOCKET_H
#define WIRE_AGENT_SOCKET_H

#include "base/cleanup.h"
#include "wire/frame.h"

#define AGENT_SOCKET_TIMEOUT_MS	2000

/*
 * Connects to the socket PATH in a child that has the real uid and gid, no
 * other, and no capability. Returns the connected socket, the caller's to
 * close, above 2, close-on-exec and non-blocking; or -1 where there is none:
 * PATH is NULL, empty, relative or too long for a socket, nothing listens
 * there, it is not the user's to use, no connection in time, no memory, no
 * descriptors. Nothing is connected for a real uid of 0.
 *
 * The host stays as it was, as after client_open(). A child that can't even be
 * killed (a file system of the user's that does not answer) is left to itself,
 * and ends when that does.
 */
int	agent_socket_open(const char *path) _must_check_;

/*
 * The socket that came with FRAME, a WIRE_AGENT one, the caller's to close; -1
 * where it is no stream socket of this machine. The sender of any other could
 * have close(2) wait, and for as long as they like: SO_LINGER.
 */
int	agent_socket_take(struct wire_frame *frame) _must_check_;

#endif

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/client.h"
#include "wire/one_shot.h"

#define PASSWD_MIN 1024 /* octets for one entry */
#define PASSWD_MAX (1024 * 1024)

/* Returns *FD and leaves -1 in its place. */
static int
steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* *ret_buf holds the entry's strings and is the caller's. */
static int
read_passwd(const char *name, struct passwd *ret_entry, char **ret_buf,
    struct passwd **ret_found)
{
	_cleanup_(freep) char *buf = NULL;
	size_t size = PASSWD_MIN;
	int e;

	for (;;) {
		freep(&buf);
		if ((buf = malloc(size)) == NULL)
			return ENOMEM;
		e = getpwnam_r(name, ret_entry, buf, size, ret_found);
		if (e == 0) {
			*ret_buf = steal(&buf);
			return 0;
		}
		if (e != EINTR && (e != ERANGE || (size *= 2) > PASSWD_MAX))
			return e;
	}
}

static enum mfa_code
find_account(const char *name, struct one_shot *ret, struct mfa_error *err)
{
	_cleanup_(freep) char *buf = NULL;
	struct passwd entry, *found = NULL;
	int e;

	if ((e = read_passwd(name, &entry, &buf, &found)) != 0)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, e,
		    "looking up the account %s", name);
	if (found == NULL)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "there is no account %s; run \"awsmfa init\"", name);
	if (found->pw_uid == 0)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "the account %s is root", name);
	ret->uid = found->pw_uid;
	ret->gid = found->pw_gid;
	return MFA_OK;
}

bool
client_move_fd(int *fd)
{
	int moved;

	if (*fd > STDERR_FILENO)
		return true;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (moved == -1)
		return false;
	closep(fd);
	*fd = moved;
	return true;
}

static bool
set_address(const char *path, struct sockaddr_un *ret)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(ret->sun_path))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, path, len + 1);
	return true;
}

/* MFA_NO_SUCH_ENTITY where no service listens; *ret_fd is the caller's. */
static enum mfa_code
connect_service(const char *path, int *ret_fd, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	struct sockaddr_un address;

	if (!set_address(path, &address))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENAMETOOLONG,
		    "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || !client_move_fd(&fd))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "a socket for %s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) !=
	    0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return mfa_error_set(err, MFA_NO_SUCH_ENTITY, errno,
			    "no service listens on %s", path);
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, errno,
		    "connecting to %s", path);
	}
	*ret_fd = steal_fd(&fd);
	return MFA_OK;
}

static enum mfa_code
check_peer(const char *path, const char *name, int fd, struct mfa_error *err)
{
	struct one_shot account;
	struct mfa_error ignored;
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
	    len != sizeof(peer))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "asking who listens on %s", path);
	/* A socket of systemd's is root's; the account is rarely looked up. */
	if (peer.uid == 0)
		return MFA_OK;
	if (find_account(name, &account, &ignored) == MFA_OK &&
	    peer.uid == account.uid)
		return MFA_OK;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "uid %lu listens on %s, which is neither root nor %s",
	    (unsigned long)peer.uid, path, name);
}

/* Both ends; the caller's is *ret_fd and non-blocking. */
static enum mfa_code
make_pair(int *ret_fd, int *ret_peer, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	_cleanup_(closep) int peer = -1;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "a pair of sockets");
	fd = fds[0];
	peer = fds[1];
	if (!client_move_fd(&fd) || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "a pair of sockets");
	*ret_fd = steal_fd(&fd);
	*ret_peer = steal_fd(&peer);
	return MFA_OK;
}

static enum mfa_code
open_one_shot(const struct client_paths *paths, struct client *ret,
    struct mfa_error *err)
{
	struct one_shot one_shot = { .endpoint = paths->endpoint };
	_cleanup_(closep) int fd = -1;
	_cleanup_(closep) int peer = -1;
	enum mfa_code code;
	struct stat st;
	pid_t pid;

	/* Only to say what is wrong: a start that fails can't tell. */
	if (stat(paths->endpoint, &st) != 0)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, errno,
		    "no service listens on %s, and %s", paths->socket,
		    paths->endpoint);
	if ((code = find_account(paths->account, &one_shot, err)) != MFA_OK ||
	    (code = make_pair(&fd, &peer, err)) != MFA_OK)
		return code;
	if ((pid = one_shot_start(&one_shot, peer)) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "starting %s", paths->endpoint);
	*ret = (struct client){ .fd = steal_fd(&fd), .child = pid };
	return MFA_OK;
}

enum mfa_code
client_open(const struct client_paths *paths, struct client *ret,
    struct mfa_error *err)
{
	bool is_root = geteuid() == 0;
	const char *path = is_root ? paths->socket : paths->user_socket;
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	code = connect_service(path, &fd, err);
	if (code == MFA_NO_SUCH_ENTITY && is_root)
		return open_one_shot(paths, ret, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "no service listens on %s, and only root can do without",
		    path);
	if (code != MFA_OK)
		return code;
	if ((code = check_peer(path, paths->account, fd, err)) != MFA_OK)
		return code;
	*ret = (struct client){ .fd = steal_fd(&fd), .child = 0 };
	return MFA_OK;
}

void
client_close(struct client *client)
{
	closep(&client->fd);
	if (client->child > 0)
		one_shot_end(client->child);
	client->child = 0;
}

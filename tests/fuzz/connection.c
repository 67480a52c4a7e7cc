#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "endpoint/endpoint.h"
#include "endpoint/peer.h"
#include "endpoint/serve.h"
#include "endpoint/spawn.h"
#include "tests/fuzz/connection.h"

#define BUFFER_SIZE	(4 * 1024 * 1024)
#define PIECE		4096		/* octets sent at once */

bool	__wrap_spawn_worker(const char *program, int fd, pid_t *ret_pid);

/* There is no awsmfa-key. */
bool
__wrap_spawn_worker(const char *program, int fd, pid_t *ret_pid)
{
	(void)program;
	(void)fd;
	(void)ret_pid;
	return false;
}

/* All of what one side says fits in, so that no one waits for the other. */
static void
widen(int fd)
{
	int size = BUFFER_SIZE;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
	    sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
}

static void
make_pair(int *ret_a, int *ret_b)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	widen(fds[0]);
	widen(fds[1]);
	*ret_a = fds[0];
	*ret_b = fds[1];
}

void
connection_open(struct connection *c)
{
	memset(c, 0, sizeof(*c));
	make_pair(&c->client, &c->server);
}

void
connection_clear(struct connection *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		wire_clear(&c->frames[i]);
	for (i = 0; i < c->agent_count; i++)
		closep(&c->agents[i]);
	c->count = c->agent_count = 0;
	closep(&c->client);
	closep(&c->server);
}

static void
flush(struct connection *c)
{
	size_t at, n;

	for (at = 0; at < c->len; at += n) {
		n = c->len - at < PIECE ? c->len - at : PIECE;
		must(send(c->client, c->octets + at, n, MSG_NOSIGNAL) ==
		    (ssize_t)n);
	}
	c->len = 0;
}

void
connection_send(struct connection *c, const uint8_t *octets, size_t len)
{
	must(len <= sizeof(c->octets));
	if (len > sizeof(c->octets) - c->len)
		flush(c);
	if (len > 0)
		memcpy(c->octets + c->len, octets, len);
	c->len += len;
}

void
connection_send_frame(struct connection *c, uint8_t type,
    const uint8_t *payload, size_t len)
{
	const uint8_t header[WIRE_HEADER_SIZE] = { WIRE_VERSION, type, 0, 0,
		(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len };

	connection_send(c, header, sizeof(header));
	connection_send(c, payload, len);
}

void
connection_send_agent(struct connection *c, const uint8_t *answers, size_t len)
{
	struct mfa_error err;
	int passed;

	if (c->agent_count == AGENTS_MAX)
		return;
	flush(c);
	make_pair(&c->agents[c->agent_count], &passed);
	must(len == 0 || send(c->agents[c->agent_count], answers, len,
	    MSG_NOSIGNAL) == (ssize_t)len);
	/* It hears what it is asked, and says no more than that. */
	must(shutdown(c->agents[c->agent_count], SHUT_WR) == 0);
	must(wire_send_fd(c->client, WIRE_AGENT, passed, wire_now() + 1000,
	    &err) == MFA_OK);
	close(passed);
	c->agent_count++;
}

/* As serve(), whose peer can't be anyone but this process. */
static void
serve_user(struct endpoint *endpoint, int fd, uid_t uid)
{
	_cleanup_(wire_clear) struct wire_frame first = { 0 };
	struct mfa_error err;
	struct peer peer;

	must(peer_find(fd, &peer));
	peer.uid = uid;
	peer.deadline = wire_now() + USER_CONNECTION_MS;
	if (peer_receive(&peer, wire_now() + REQUEST_TIMEOUT_MS, &first,
	    &err) != MFA_OK)
		return;
	if (first.type == WIRE_OPERATION || first.type == WIRE_AGENT)
		serve_operations(endpoint, &peer, &first);
	else
		serve_signin(endpoint, &peer, &first);
}

/* What was not read would have the client see a reset and not the end. */
static void
drain(int fd)
{
	uint8_t octets[PIECE];

	while (recv(fd, octets, sizeof(octets), MSG_DONTWAIT) > 0)
		continue;
}

static void
take_answers(struct connection *c)
{
	struct mfa_error err;
	enum mfa_code code;

	while (c->count < FRAMES_MAX) {
		code = wire_receive(c->client, wire_now() + 1000,
		    &c->frames[c->count], &err);
		/* The end, between two frames. */
		if (code == MFA_REQUEST_ABORTED)
			return;
		must(code == MFA_OK);
		c->count++;
	}
}

void
connection_serve(struct connection *c, struct fuzzbed *bed, uid_t uid)
{
	struct endpoint endpoint = { .world = &bed->world,
		.account = geteuid(),
		.conf_path = bed->conf,
		.policy_path = bed->policy,
		.state_path = bed->root,
		.key_path = bed->key };

	/* As main() has it: answers are wiped by what frees them. */
	json_set_alloc_funcs(secret_malloc, secret_free);
	flush(c);
	must(shutdown(c->client, SHUT_WR) == 0);
	if (uid == 0)
		serve(&endpoint, c->server);
	else
		serve_user(&endpoint, c->server, uid);
	policy_freep(&endpoint.policy);
	drain(c->server);
	closep(&c->server);
	take_answers(c);
}

/*
 * What arrives on the socket between the endpoint and the key worker. The
 * first octet of an input chooses:
 *   octet % 3        who receives: 0 the endpoint, 1 and 2 the worker that
 *                    waits for a request, or for a PIN
 *   octet / 3 % 2    0: the second octet is a frame's type, and the rest its
 *                    payload; 1: the rest is all that the peer sends
 * What was taken is sent and received again, and must then be the same.
 */
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "wire/frame.h"
#include "wire/keymsg.h"

#define STREAM_MAX	(32 * 1024)	/* less than a socket holds */
#define TIMEOUT_MS	2000

/* What one receives; big, so not on the stack. */
struct taken {
	bool			is_answer;
	struct keymsg_progress	progress;
	struct keymsg_answer	answer;
	struct keymsg_request	request;
	struct secret		pin;
};

enum receiver { ENDPOINT, WORKER, WORKER_PIN, RECEIVERS };

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static int64_t
soon(void)
{
	return wire_now() + TIMEOUT_MS;
}

static void
connect_pair(int fds[static 2])
{
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
}

static bool
has_end(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void
check_request(const struct keymsg_request *request)
{
	size_t i;

	must(request->what <= KEY_ASSERT && request->uv <= KEY_UV_REQUIRED);
	must(has_end(request->node, sizeof(request->node)));
	must(has_end(request->rp_id, sizeof(request->rp_id)));
	must(has_end(request->user_name, sizeof(request->user_name)));
	must(request->node_count <= KEYMSG_NODES_MAX);
	for (i = 0; i < request->node_count; i++)
		must(has_end(request->nodes[i], sizeof(request->nodes[i])));
	must(request->credential_count <= KEYMSG_CREDENTIALS_MAX);
	for (i = 0; i < request->credential_count; i++)
		must(request->credentials[i].len <= KEYMSG_CREDENTIAL_MAX);
}

static void
check_progress(const struct keymsg_progress *progress)
{
	must(progress->status <= KEY_STATUS_PIN);
	must(has_end(progress->text, sizeof(progress->text)));
	must(has_end(progress->node, sizeof(progress->node)));
	must(progress->retries >= -1);
}

static void
check_answer(const struct keymsg_answer *answer)
{
	size_t i;

	must(answer->error <= KEY_FAILED);
	must(has_end(answer->text, sizeof(answer->text)));
	must(has_end(answer->node, sizeof(answer->node)));
	must(has_end(answer->format, sizeof(answer->format)));
	must(answer->certification_count <= KEYMSG_CERTIFICATIONS_MAX);
	for (i = 0; i < answer->certification_count; i++)
		must(has_end(answer->certifications[i].name,
		    sizeof(answer->certifications[i].name)));
	must(answer->authdata_len <= KEYMSG_AUTHDATA_MAX);
	must(answer->signature_len <= KEYMSG_SIGNATURE_MAX);
	must(answer->certificate_len <= KEYMSG_CERTIFICATE_MAX);
	must(answer->credential.len <= KEYMSG_CREDENTIAL_MAX);
	/* An error brings nothing that could be verified. */
	must(answer->error == KEY_OK || (answer->authdata_len == 0 &&
	    answer->signature_len == 0 && answer->credential.len == 0));
}

static bool
receive(enum receiver receiver, int fd, struct taken *ret)
{
	struct mfa_error err = { 0 };
	enum mfa_code code = MFA_SERVICE_FAILURE;

	switch (receiver) {
	case ENDPOINT:
		code = keymsg_receive(fd, soon(), &ret->is_answer,
		    &ret->progress, &ret->answer, &err);
		break;
	case WORKER:
		code = keymsg_receive_request(fd, soon(), &ret->request, &err);
		break;
	case WORKER_PIN:
		code = keymsg_receive_pin(fd, soon(), &ret->pin, &err);
		break;
	case RECEIVERS:
		break;
	}
	must(code == MFA_OK || err.detail[0] != '\0');
	return code == MFA_OK;
}

static void
check(enum receiver receiver, const struct taken *taken)
{
	switch (receiver) {
	case ENDPOINT:
		if (taken->is_answer)
			check_answer(&taken->answer);
		else
			check_progress(&taken->progress);
		break;
	case WORKER:
		check_request(&taken->request);
		break;
	case WORKER_PIN:
		must(taken->pin.len <= sizeof(taken->pin.bytes));
		break;
	case RECEIVERS:
		break;
	}
}

static void
send_taken(enum receiver receiver, int fd, const struct taken *taken)
{
	struct mfa_error err;
	enum mfa_code code = MFA_SERVICE_FAILURE;

	switch (receiver) {
	case ENDPOINT:
		code = taken->is_answer ?
		    keymsg_send_answer(fd, &taken->answer, soon(), &err) :
		    keymsg_send_progress(fd, &taken->progress, soon(), &err);
		break;
	case WORKER:
		code = keymsg_send_request(fd, &taken->request, soon(), &err);
		break;
	case WORKER_PIN:
		code = keymsg_send_pin(fd, &taken->pin, soon(), &err);
		break;
	case RECEIVERS:
		break;
	}
	must(code == MFA_OK);
}

/* Sends TAKEN; takes it again, and tells the octets that it was. */
static size_t
echo(enum receiver receiver, const struct taken *taken, struct taken *ret,
    uint8_t octets[static STREAM_MAX])
{
	ssize_t n;
	int fds[2];

	connect_pair(fds);
	send_taken(receiver, fds[0], taken);
	n = recv(fds[1], octets, STREAM_MAX, MSG_PEEK);
	must(n > 0);
	must(receive(receiver, fds[1], ret));
	close(fds[0]);
	close(fds[1]);
	return (size_t)n;
}

static void
check_echo(enum receiver receiver, const struct taken *taken)
{
	static uint8_t first[STREAM_MAX], second[STREAM_MAX];
	static struct taken again, last;
	size_t len;

	len = echo(receiver, taken, &again, first);
	must(echo(receiver, &again, &last, second) == len);
	must(memcmp(first, second, len) == 0);
}

static void
send_octets(int fd, const uint8_t *octets, size_t len)
{
	must(len == 0 || send(fd, octets, len, 0) == (ssize_t)len);
}

/* All that there will be is in the socket before anyone receives. */
static void
send_input(int fd, bool is_raw, const uint8_t *data, size_t len)
{
	uint8_t header[WIRE_HEADER_SIZE] = { WIRE_VERSION };

	if (len > STREAM_MAX)
		len = STREAM_MAX;
	if (!is_raw && len > 0) {
		header[1] = *data++;
		len--;
		header[6] = (uint8_t)(len >> 8);
		header[7] = (uint8_t)len;
		send_octets(fd, header, sizeof(header));
	}
	send_octets(fd, data, len);
	must(shutdown(fd, SHUT_WR) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct taken taken;
	enum receiver receiver;
	int fds[2];

	fuzz_accepted = false;
	if (len == 0)
		return 0;
	receiver = (enum receiver)(data[0] % RECEIVERS);
	connect_pair(fds);
	send_input(fds[0], data[0] / RECEIVERS % 2 != 0, data + 1, len - 1);
	while (receive(receiver, fds[1], &taken)) {
		fuzz_accepted = true;
		check(receiver, &taken);
		check_echo(receiver, &taken);
	}
	close(fds[0]);
	close(fds[1]);
	return 0;
}

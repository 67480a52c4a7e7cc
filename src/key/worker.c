/*
 * The order is the security of it: limits; request; node, waited for and
 * opened; sandbox; only then a byte of the key is parsed.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "key/request.h"
#include "key/sandbox.h"
#include "key/worker.h"
#include "wire/frame.h"

#define REQUEST_MS  5000 /* the endpoint has it ready */
#define ANSWER_MS   2000
#define TIMEOUT_MAX 600000
#define PIN_SECONDS 300 /* for typing PINs, in all */
#define GRACE	    6	/* seconds beyond both: then an alarm */

static enum keymsg_error (*const functions[])(struct session *,
    struct keymsg_answer *) = {
	[KEY_INFO] = request_info,
	[KEY_MAKE] = request_make,
	[KEY_ASSERT] = request_assert,
};

/* Big, and there is one. */
static struct keymsg_request request;
static struct keymsg_answer answer;
static struct dialogue dialogue;
static struct channel channel;

/* The parent died, the alarm or the limit of time came: the key goes idle. */
static void
end(int sig)
{
	(void)sig;
	channel_cancel();
	_exit(EXIT_FAILURE);
}

static bool
set_signals(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGXCPU };
	struct sigaction action = { .sa_handler = end };
	sigset_t none;
	size_t i;

	if (sigfillset(&action.sa_mask) == -1 || sigemptyset(&none) == -1)
		return false;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (sigaction(ends[i], &action, NULL) == -1)
			return false;
	}
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* Nothing of a library may read a file once the sandbox is there. */
static bool
prepare_libraries(void)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
		    OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS,
		NULL) != 1)
		return false;
	/* A key that says CTAP2 and can't is broken, not a U2F key. */
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	return true;
}

static bool
take_request(int fd)
{
	struct mfa_error err;

	if (keymsg_receive_request(fd, wire_now() + REQUEST_MS, &request,
		&err) != MFA_OK)
		return false;
	if (request.timeout > TIMEOUT_MAX)
		request.timeout = TIMEOUT_MAX;
	dialogue.fd = fd;
	dialogue.deadline = wire_now() + request.timeout;
	dialogue.pin_left = PIN_SECONDS * 1000;
	(void)alarm(request.timeout / 1000 + PIN_SECONDS + GRACE);
	return true;
}

static enum keymsg_error
use_key(const struct node *node)
{
	struct keymsg_progress opened = { .status = KEY_STATUS_OPENED,
		.retries = -1 };
	struct session session = { &channel, &request, NULL };
	enum keymsg_error error;
	int r;

	memcpy(opened.text, node->product, sizeof(opened.text));
	memcpy(opened.node, node->path, sizeof(opened.node));
	if (!dialogue_tell(&dialogue, &opened))
		return answer_fail(&answer, KEY_CANCELLED, "hung up");
	channel.device = node->fd;
	channel.dialogue = &dialogue;
	if (request.channel != 0)
		channel_cancel_other(&channel, request.channel);
	if ((r = session_open(&session)) == FIDO_OK)
		error = functions[request.what](&session, &answer);
	else
		error = session_fail(&session, r, &answer);
	session_close(&session);
	return error;
}

static enum keymsg_error
find_and_use_key(const struct node_source *source)
{
	struct node node = { .fd = -1 };
	enum keymsg_error error;
	struct mfa_error err;

	error = node_find(source, &request, &dialogue, &node, &answer);
	if (error != KEY_OK)
		return error;
	memcpy(answer.node, node.path, sizeof(answer.node));
	if (sandbox_enter(node.fd, dialogue.fd, &err) != MFA_OK)
		return answer_fail(&answer, KEY_FAILED, "sandbox: %s",
		    mfa_error_text(&err));
	return use_key(&node);
}

_Noreturn void
worker_run(int fd, const struct node_source *source)
{
	int parent = getppid();
	struct mfa_error err;

	if (!set_signals() || sandbox_prepare(parent, &err) != MFA_OK ||
	    !prepare_libraries() || !take_request(fd))
		_exit(EXIT_FAILURE);
	answer.error = find_and_use_key(source);
	/* Without the libraries' exit handlers: the sandbox is still on. */
	if (dialogue.is_over ||
	    keymsg_send_answer(fd, &answer, wire_now() + ANSWER_MS, &err) !=
		MFA_OK)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/talk.h"
#include "cli/terminal.h"

struct talk {
	struct cli	*cli;
	int64_t		deadline;
	unsigned	messages, waits, prompts;
};

static void
extend(struct talk *talk, int64_t ms)
{
	int64_t deadline = wire_now() + ms;

	if (talk->deadline < deadline)
		talk->deadline = deadline;
}

static enum mfa_code
breach(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "the endpoint sent %s, which is against the protocol", what);
}

static enum mfa_code
give_up(struct mfa_error *err, const char *why)
{
	return mfa_error_set(err, MFA_REQUEST_ABORTED, 0, "%s", why);
}

static const char *
text_of(const struct wire_frame *frame)
{
	return frame->payload != NULL ? frame->payload : "";
}

static enum mfa_code
on_message(struct talk *talk, const struct wire_frame *frame,
    struct mfa_error *err)
{
	char line[4 * WIRE_STRING_MAX + 1];

	if (++talk->messages > TALK_MESSAGES_MAX)
		return breach(err, "too many messages");
	text_sanitise(line, sizeof(line), text_of(frame));
	if (talk->cli->person != NULL) {
		terminal_print(talk->cli->person, "%s", line);
		terminal_print(talk->cli->person, "\n");
		return MFA_OK;
	}
	fflush(stdout);
	fprintf(stderr, "%s\n", line);
	return MFA_OK;
}

static enum mfa_code
on_wait(struct talk *talk, const struct wire_frame *frame,
    struct mfa_error *err)
{
	uint64_t seconds;

	if (++talk->waits > TALK_MESSAGES_MAX)
		return breach(err, "too many waits");
	if (!text_parse_u64(text_of(frame), &seconds) || seconds < 1 ||
	    seconds > WIRE_WAIT_MAX)
		return breach(err, "a wait of no time");
	extend(talk, (int64_t)seconds * 1000 + CLIENT_TIMEOUT_MS);
	return MFA_OK;
}

/* What users are asked for is mostly the proof that they need. */
static enum mfa_code
has_no_terminal(struct mfa_error *err)
{
	if (geteuid() == 0)
		return give_up(err,
		    "the endpoint asks for something, and there is no "
		    "terminal to ask on");
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "this needs MFA, and there is no terminal to ask on: give "
	    "--token-code");
}

/* The wizard's terminal, or one for this question alone. */
static enum mfa_code
ask(struct talk *talk, const char *prompt, struct secret_text *ret,
    struct mfa_error *err)
{
	struct terminal own, *terminal = talk->cli->person;
	bool given;

	if (terminal == NULL) {
		if (!terminal_open(&own))
			return has_no_terminal(err);
		terminal = &own;
	}
	/* What was typed while nothing was asked is no answer: a PIN's tries
	 * are few. */
	terminal_forget(terminal);
	given = terminal_ask_pasted(terminal, prompt, ret);
	if (terminal == &own)
		terminal_close(&own);
	return given ? MFA_OK : give_up(err, "no answer was given");
}

static enum mfa_code
on_prompt(struct talk *talk, const struct wire_frame *frame,
    struct mfa_error *err)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };
	char prompt[4 * WIRE_STRING_MAX + 1];
	enum mfa_code code;
	size_t len;

	if (++talk->prompts > WIRE_PROMPTS_MAX)
		return breach(err, "too many prompts");
	text_sanitise(prompt, sizeof(prompt), text_of(frame));
	if ((code = ask(talk, prompt, &line, err)) != MFA_OK)
		return code;
	if ((len = strlen(line.text)) > WIRE_ANSWER_MAX)
		return give_up(err, "the answer is too long");
	extend(talk, CLIENT_TIMEOUT_MS);
	code = wire_send(talk->cli->client.fd, WIRE_ANSWER, line.text, len,
	    talk->deadline, err);
	/* One that does not wait any longer may have said why. */
	return code == MFA_SERVICE_UNAVAILABLE ? MFA_OK : code;
}

/*
 * The wizard's terminal holds signals back; Ctrl-C ends a wait that was
 * announced all the same. What is short is let finish, and so is what tidies up
 * after a Ctrl-C.
 */
static enum mfa_code
receive(struct talk *talk, struct wire_frame *frame, struct mfa_error *err)
{
	struct cli *cli = talk->cli;
	enum mfa_code code;

	if (cli->person != NULL && !cli->person->interrupted &&
	    talk->waits > 0 &&
	    !terminal_wait(cli->person, cli->client.fd,
		talk->deadline - wire_now()))
		return give_up(err, "no one waits for it any longer");
	code = wire_receive(cli->client.fd, talk->deadline, frame, err);
	return code == MFA_REQUEST_ABORTED
	    ? mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		  "the endpoint hung up without an answer; its log says why")
	    : code;
}

enum mfa_code
talk_receive(struct cli *cli, int64_t deadline, struct wire_frame *ret_frame,
    struct mfa_error *err)
{
	struct talk talk = { .cli = cli, .deadline = deadline };
	enum mfa_code code;

	for (;;) {
		_cleanup_(wire_clear) struct wire_frame frame = { 0 };

		if ((code = receive(&talk, &frame, err)) != MFA_OK)
			return code;
		if (frame.type == WIRE_MESSAGE)
			code = on_message(&talk, &frame, err);
		else if (frame.type == WIRE_WAIT)
			code = on_wait(&talk, &frame, err);
		else if (frame.type == WIRE_PROMPT ||
		    frame.type == WIRE_PROMPT_OPTIONAL)
			code = on_prompt(&talk, &frame, err);
		else {
			*ret_frame = frame;
			frame = (struct wire_frame){ 0 };
			return MFA_OK;
		}
		if (code != MFA_OK)
			return code;
	}
}

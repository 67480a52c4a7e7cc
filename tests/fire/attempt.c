#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_appl.h>

#include "fire/attempt.h"

struct answering {
	const char *code;
	void (*at_prompt)(void *arg);
	void *arg;
	bool asked;
};

const char *
told_name(enum told told)
{
	switch (told) {
	case TOLD_IN:
		return "in";
	case TOLD_DENIED:
		return "denied";
	case TOLD_OTHER:
	case TOLDS:
		break;
	}
	return "other";
}

static void
first_prompt(struct answering *answering)
{
	if (!answering->asked && answering->at_prompt != NULL)
		answering->at_prompt(answering->arg);
	answering->asked = true;
}

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **ret, void *data)
{
	struct pam_response *answers = calloc(count, sizeof(*answers));
	struct answering *answering = data;
	int i;

	if (answers == NULL)
		return PAM_CONV_ERR;
	for (i = 0; i < count; i++) {
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF)
			continue;
		first_prompt(answering);
		answers[i].resp = strdup(answering->code);
	}
	*ret = answers;
	return PAM_SUCCESS;
}

enum told
attempt(const char *service, const char *user, const char *code,
    void (*at_prompt)(void *arg), void *arg)
{
	struct answering answering = { code, at_prompt, arg, false };
	const struct pam_conv conversation = { converse, &answering };
	pam_handle_t *pamh = NULL;
	int result;

	if (pam_start(service, user, &conversation, &pamh) != PAM_SUCCESS)
		errx(1, "pam_start");
	result = pam_authenticate(pamh, 0);
	first_prompt(&answering);
	(void)pam_end(pamh, result);
	return result == PAM_SUCCESS ? TOLD_IN
	    : result == PAM_AUTH_ERR ? TOLD_DENIED
				     : TOLD_OTHER;
}

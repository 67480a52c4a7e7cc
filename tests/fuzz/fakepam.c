#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fakepam.h"
#include "tests/fuzz/fuzz.h"

/* What libpam lets through to a conversation. */
static int
converse(int count, const struct pam_message **messages,
    struct pam_response **ret, void *ctx)
{
	struct pam_handle *pamh = ctx;
	const char *answer;

	must(count == 1 && messages[0]->msg != NULL);
	if (messages[0]->msg_style == PAM_TEXT_INFO ||
	    messages[0]->msg_style == PAM_ERROR_MSG) {
		pamh->shown++;
		*ret = NULL;
		return PAM_SUCCESS;
	}
	must(messages[0]->msg_style == PAM_PROMPT_ECHO_OFF ||
	    messages[0]->msg_style == PAM_PROMPT_ECHO_ON);
	if (pamh->asked >= pamh->answer_count)
		return PAM_CONV_ERR;
	answer = pamh->answers[pamh->asked++];
	must((*ret = calloc(1, sizeof(**ret))) != NULL);
	if (answer != NULL)
		must(((*ret)->resp = strdup(answer)) != NULL);
	return PAM_SUCCESS;
}

int
pam_get_item(const pam_handle_t *pamh, int type, const void **ret)
{
	static struct pam_conv conv;

	switch (type) {
	case PAM_USER:
		*ret = pamh->user;
		return PAM_SUCCESS;
	case PAM_SERVICE:
		*ret = pamh->service;
		return PAM_SUCCESS;
	case PAM_RHOST:
		*ret = pamh->rhost;
		return PAM_SUCCESS;
	case PAM_TTY:
		*ret = pamh->tty;
		return PAM_SUCCESS;
	case PAM_AUTHTOK:
		*ret = pamh->authtok;
		return PAM_SUCCESS;
	case PAM_CONV:
		conv = (struct pam_conv){ converse, (void *)pamh };
		*ret = &conv;
		return PAM_SUCCESS;
	default:
		return PAM_BAD_ITEM;
	}
}

int
pam_set_item(pam_handle_t *pamh, int type, const void *item)
{
	/* Nothing else is the module's to set. */
	must(type == PAM_AUTHTOK);
	free(pamh->authtok);
	pamh->authtok = item != NULL ? strdup(item) : NULL;
	return PAM_SUCCESS;
}

int
pam_get_user(pam_handle_t *pamh, const char **ret, const char *prompt)
{
	(void)prompt;
	*ret = pamh->user;
	return pamh->user != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

/* The place of NAME's variable, or of the next. */
static size_t
find_variable(pam_handle_t *pamh, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < pamh->environment_count; i++) {
		if (strncmp(pamh->environment[i], name, len) == 0 &&
		    pamh->environment[i][len] == '=')
			break;
	}
	return i;
}

const char *
pam_getenv(pam_handle_t *pamh, const char *name)
{
	size_t i = find_variable(pamh, name, strlen(name));

	return i < pamh->environment_count
	    ? pamh->environment[i] + strlen(name) + 1 : NULL;
}

int
pam_putenv(pam_handle_t *pamh, const char *variable)
{
	size_t len = strcspn(variable, "="), i, last;

	i = find_variable(pamh, variable, len);
	if (variable[len] == '\0') {
		if (i == pamh->environment_count)
			return PAM_BAD_ITEM;
		last = --pamh->environment_count;
		free(pamh->environment[i]);
		pamh->environment[i] = pamh->environment[last];
		return PAM_SUCCESS;
	}
	if (i == ENVIRONMENT_MAX)
		return PAM_BUF_ERR;
	if (i == pamh->environment_count)
		pamh->environment_count++;
	else
		free(pamh->environment[i]);
	must((pamh->environment[i] = strdup(variable)) != NULL);
	return PAM_SUCCESS;
}

/* The place of NAME, or a free one. */
static size_t
find_data(const struct pam_handle *pamh, const char *name)
{
	size_t i;

	for (i = 0; i < DATA_MAX; i++) {
		if (pamh->data[i].name == NULL ||
		    strcmp(pamh->data[i].name, name) == 0)
			return i;
	}
	must(false);
	return 0;
}

static void
end_data(struct pam_handle *pamh, struct fakepam_data *data, int status)
{
	if (data->end != NULL)
		data->end(pamh, data->data, status);
}

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*end)(pam_handle_t *, void *, int))
{
	struct fakepam_data *place = &pamh->data[find_data(pamh, name)];

	end_data(pamh, place, PAM_DATA_REPLACE);
	*place = (struct fakepam_data){ name, data, end };
	return PAM_SUCCESS;
}

int
pam_get_data(const pam_handle_t *pamh, const char *name, const void **ret)
{
	*ret = pamh->data[find_data(pamh, name)].data;
	return *ret != NULL ? PAM_SUCCESS : PAM_NO_MODULE_DATA;
}

void
fakepam_clear(struct pam_handle *pamh)
{
	size_t i;

	for (i = 0; i < DATA_MAX; i++)
		end_data(pamh, &pamh->data[i], PAM_SUCCESS);
	for (i = 0; i < pamh->environment_count; i++)
		free(pamh->environment[i]);
	free(pamh->authtok);
	memset(pamh, 0, sizeof(*pamh));
}

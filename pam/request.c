#include <stdlib.h>
#include <string.h>

#include "pam/report.h"
#include "pam/request.h"
#include "wire/agent_socket.h"
#include "wire/frame.h"

#define KEYS_VARIABLE "SSH_AUTH_INFO_0"

static bool
service_is_sshd(const struct signin *signin)
{
	return strncmp(signin->service, "sshd", strlen("sshd")) == 0;
}

/*
 * A variable of the PAM environment, never of the process, whose environment is
 * whoever's started it; NULL where it is not there, or of more than MAX octets:
 * half of it would be something else.
 */
static const char *
get_variable(const struct signin *signin, const char *name, size_t max)
{
	const char *value = pam_getenv(signin->pamh, name);
	struct mfa_error err;

	if (value == NULL || *value == '\0')
		return NULL;
	if (strnlen(value, max + 1) <= max)
		return value;
	(void)mfa_error_set(&err, MFA_INVALID_INPUT, 0,
	    "%s has more than %zu octets, and is left out", name, max);
	report_reason(signin->pamh, signin->phase, LOG_SEVERITY_NOTICE,
	    err.code, mfa_error_text(&err));
	return NULL;
}

static const char *
find_ticket(const struct signin *signin)
{
	if (signin->phase == PHASE_AUTHENTICATE)
		return NULL;
	return get_variable(signin, SIGNIN_TICKET, WIRE_STRING_MAX);
}

/* The lines of sshd(8) on how the user has signed in so far. */
static const char *
find_ssh_keys(const struct signin *signin)
{
	if (!service_is_sshd(signin) || signin->phase == PHASE_CLOSE_SESSION)
		return NULL;
	return get_variable(signin, KEYS_VARIABLE, WIRE_SSH_KEYS_MAX);
}

static const char *
find_prompt(const struct signin *signin)
{
	if (signin->phase != PHASE_AUTHENTICATE)
		return NULL;
	if (signin->args->prompt != NULL)
		return signin->args->prompt;
	/* Both in one field, which "MFA code: " does not say. */
	return signin->args->forward_digits > 0 ? "Password & MFA code: "
						: NULL;
}

/* Absent where the phase is the first. */
static const char *
find_phase(const struct signin *signin)
{
	if (signin->phase == PHASE_AUTHENTICATE)
		return NULL;
	return phase_name(signin->phase);
}

int
request_open_agent(const struct signin *signin)
{
	if (signin->phase != PHASE_AUTHENTICATE || service_is_sshd(signin))
		return -1;
	return agent_socket_open(getenv("SSH_AUTH_SOCK"));
}

enum mfa_code
request_send(const struct signin *signin, int fd, int agent, int64_t deadline,
    struct mfa_error *err)
{
	const struct arguments *args = signin->args;
	const struct {
		enum wire_type type;
		const char *text;
	} fields[] = {
		{ WIRE_USER, signin->user },
		{ WIRE_SERVICE, signin->service },
		{ WIRE_RHOST, signin->rhost },
		{ WIRE_TTY, signin->tty },
		{ WIRE_CONF, args->conf },
		{ WIRE_UNENROLLED, args->unenrolled },
		{ WIRE_PROMPT_TEXT, find_prompt(signin) },
		{ WIRE_PHASE, find_phase(signin) },
		{ WIRE_TICKET, find_ticket(signin) },
		{ WIRE_SSH_KEYS, find_ssh_keys(signin) },
		{ WIRE_PENDING, signin->pending ? "1" : NULL },
		{ WIRE_ENROLL_BY, args->enroll_by },
		{ WIRE_MANUAL, args->manual ? "1" : NULL },
	};
	struct wire_part parts[WIRE_PARTS_MAX];
	enum mfa_code code;
	size_t i, count = 0;

	_Static_assert(sizeof(fields) / sizeof(fields[0]) < WIRE_PARTS_MAX,
	    "all fields and the end of them are sent at once");
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].text != NULL)
			parts[count++] = (struct wire_part){ fields[i].type,
				fields[i].text, strlen(fields[i].text) };
	}
	if (agent != -1) {
		code = wire_send_parts(fd, parts, count, deadline, err);
		if (code == MFA_OK)
			code = wire_send_fd(fd, WIRE_AGENT, agent, deadline,
			    err);
		if (code != MFA_OK)
			return code;
		count = 0;
	}
	parts[count++] = (struct wire_part){ WIRE_SIGN_IN, "", 0 };
	return wire_send_parts(fd, parts, count, deadline, err);
}

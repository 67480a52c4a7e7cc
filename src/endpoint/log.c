#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/text.h"
#include "endpoint/log.h"

#define FIELD_SIZE 512

void
log_open(void)
{
	openlog("awsmfa-endpoint", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

void
log_close(void)
{
	closelog();
}

/* A value that stands without quotes: nothing in it ends the field. */
static const char *
field(const char *value, char buf[static FIELD_SIZE])
{
	char *p;

	if (value == NULL || value[0] == '\0')
		return "-";
	text_sanitise(buf, FIELD_SIZE, value);
	for (p = buf; *p != '\0'; p++) {
		if (*p == ' ' || *p == '"' || *p == '=')
			*p = '_';
	}
	return buf;
}

static const char *
quoted(const char *value, char buf[static FIELD_SIZE])
{
	char *p;

	text_sanitise(buf, FIELD_SIZE, value);
	for (p = buf; *p != '\0'; p++) {
		if (*p == '"')
			*p = '\'';
	}
	return buf;
}

static int
priority(enum mfa_code outcome)
{
	switch (outcome) {
	case MFA_OK:
		return LOG_INFO;
	case MFA_SERVICE_FAILURE:
	case MFA_INVALID_CONFIGURATION:
	case MFA_SERVICE_UNAVAILABLE:
		return LOG_ERR;
	case MFA_ACCESS_DENIED:
	case MFA_CONCURRENT_MODIFICATION:
	case MFA_DELETE_CONFLICT:
	case MFA_ENTITY_ALREADY_EXISTS:
	case MFA_ENTITY_TEMPORARILY_UNMODIFIABLE:
	case MFA_INVALID_AUTHENTICATION_CODE:
	case MFA_INVALID_INPUT:
	case MFA_LIMIT_EXCEEDED:
	case MFA_NO_SUCH_ENTITY:
	case MFA_NOT_ENROLLED:
	case MFA_THROTTLING:
	case MFA_REQUEST_ABORTED:
	case MFA_ENROLLMENT_PENDING:
	case MFA_IGNORED:
		break;
	}
	return LOG_NOTICE;
}

void
log_decision(const struct log_subject *s, enum mfa_code outcome,
    const char *detail)
{
	char operation[FIELD_SIZE], user[FIELD_SIZE], service[FIELD_SIZE];
	char rhost[FIELD_SIZE], tty[FIELD_SIZE], serial[FIELD_SIZE];
	char text[FIELD_SIZE];

	syslog(priority(outcome),
	    "operation=%s user=%s service=%s rhost=%s "
	    "tty=%s serial=%s caller=%u outcome=%s detail=\"%s\"",
	    field(s->operation, operation), field(s->user, user),
	    field(s->service, service), field(s->rhost, rhost),
	    field(s->tty, tty), field(s->serial, serial), s->caller,
	    mfa_code_name(outcome), quoted(detail, text));
}

void
log_problem(const char *fmt, ...)
{
	char raw[FIELD_SIZE], text[FIELD_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_sanitise(text, sizeof(text), raw);
	syslog(LOG_ERR, "%s", text);
}

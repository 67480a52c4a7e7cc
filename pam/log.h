/*
 * The module's own lines in the system's log, where the endpoint can't write
 * one.
 */
#ifndef PAM_LOG_H
#define PAM_LOG_H

#include "base/cleanup.h"

/* "/dev/log"; a file of its own, so that a test can link another. */
extern const char	log_socket[];

/* Severities of RFC 3164, section 4.1.1. */
enum log_severity {
	LOG_SEVERITY_ERROR = 3,
	LOG_SEVERITY_NOTICE = 5,
	LOG_SEVERITY_DEBUG = 7,
};

/*
 * Sends "pam_awsmfa(SERVICE:TYPE): MESSAGE" with this severity and the facility
 * authpriv. SERVICE may be NULL. Control characters are made visible, a
 * long line is cut. Never waits; a line that the daemon does not take is lost.
 */
void	log_write(const char *service, const char *type,
	    enum log_severity severity, const char *fmt, ...) _printf_(4, 5);

#endif

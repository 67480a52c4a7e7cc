/* What is wrong on this host: `awsmfa doctor`, a table of checks. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Where the checks look; constants in production. */
struct doctor_host {
	const char	*account;	/* awsmfa */
	const char	*dev;		/* /dev */
	/* udev's folders of rules, the first that has a file counts. */
	const char	*const *rules;
	/* Is the node at PATH that of a FIDO key? */
	bool		(*is_key)(const char *path);
	const char	*policy;	/* /etc/awsmfa/policy.json */
	const char	*conf;		/* /etc/awsmfa/awsmfa.conf */
	const char	*pam;		/* /etc/pam.d */
	const char	*sshd;		/* /usr/sbin/sshd */
};

enum doctor_outcome { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_FAILED };

struct doctor {
	const struct doctor_host *host;
	const char	*check;		/* the one that runs */
	json_t		*findings;	/* array of objects, as printed */
	bool		unfit;		/* one of them failed */
	bool		no_memory;
};

/*
 * Adds a finding of the check that runs. SUBJECT is what it is about ("", or
 * "/dev/hidraw0").
 */
void	doctor_find(struct doctor *doctor, enum doctor_outcome outcome,
	    const char *subject, const char *fmt, ...) _printf_(4, 5);

/* The checks; each says what it found, good or bad. */

/*
 * Where a key that sshd has verified is a proof: is it judged, by what no user
 * can change, and was it tapped?
 */
void	doctor_ssh(struct doctor *doctor);

/*
 * Can the account open the security keys that are plugged in? They are opened
 * as the account, with no group but its own, as the endpoint may be run.
 */
void	doctor_security_keys(struct doctor *doctor);

/* Is the policy document one, and root's? Else nobody gets in. */
void	doctor_policy(struct doctor *doctor);

/*
 * Does the report descriptor (HID 1.11, 6.2.2) have FIDO's usage page, 0xF1D0
 * (CTAP 2.1, 11.2.8.2)? One that is cut short or has long items is no key's.
 */
bool	doctor_is_fido(const uint8_t *descriptor, size_t len);

/* doctor_host.is_key of production. */
bool	doctor_is_key(const char *path);

#endif

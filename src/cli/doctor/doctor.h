/* What is wrong on this host: `awsmfa doctor`, a table of checks. */
#ifndef CLI_DOCTOR_DOCTOR_H
#define CLI_DOCTOR_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/doctor/finding.h"
#include "cli/doctor/settings.h"

/* Where the checks look; constants in production, but for the root. */
struct doctor_host {
	const char	*root;		/* "": this host; or of an image */
	const char	*account;	/* awsmfa */
	const char	*dev;		/* /dev */
	/* udev's folders of rules, the first that has a file counts. */
	const char	*const *rules;
	/* Is the node at PATH that of a FIDO key? */
	bool		(*is_key)(const char *path);
	const char	*conf_folder;	/* /etc/awsmfa */
	const char	*state;		/* /var/lib/awsmfa */
	const char	*run;		/* /run/awsmfa */
	const char	*pam;		/* /etc/pam.d */
	const char	*pam_vendor;	/* /usr/lib/pam.d */
	const char	*module;	/* .../security/pam_awsmfa.so */
	const char	*endpoint;	/* /usr/libexec/awsmfa-endpoint */
	const char	*key_worker;	/* /usr/libexec/awsmfa-key */
	const char	*sshd;		/* /usr/sbin/sshd */
	const char	*sshd_config;	/* /etc/ssh/sshd_config */
	const char	*cvtsudoers;	/* /usr/bin/cvtsudoers */
	const char	*sudoers;	/* /etc/sudoers */
	const char	*systemd;	/* /run/systemd/system: it runs */
	const char	*sockets;	/* /proc/net/unix */
	const char	*mounts;	/* /proc/self/mounts */
	const char	*root_keys;	/* /root/.ssh/authorized_keys */
	/* Is the clock synchronised? */
	bool		(*has_clock)(void);
	/* Calls an operation of the endpoint as call() does, with WORLD. */
	enum mfa_code	(*ask)(void *world, const char *operation,
			    json_t *parameters, json_t **ret_result,
			    struct mfa_error *err);
	void		*world;
};

struct doctor {
	const struct doctor_host *host;
	const char	*check;		/* the one that runs */
	const char	*connection;	/* for sshd -T -C, or NULL */
	const char	*group;		/* whose users are asked for, or NULL */
	struct settings	settings;	/* where a service has no conf= */
	bool		agent_is_hidden;	/* from sudo, that asks */
	bool		root_by_ssh;	/* sshd lets root in by a key */
	json_t		*findings;	/* array of objects, as printed */
	bool		unfit;		/* one of them is an error */
	bool		no_memory;
};

/*
 * Adds a finding of the check that runs, about FILE ("" where it is about none)
 * and its LINE (0: none). A second of the same kind about the same line, or of
 * the same text, is left out.
 */
void	doctor_find(struct doctor *doctor, enum finding finding,
	    const char *file, unsigned line, const char *fmt, ...)
	    _printf_(5, 6);

/*
 * Runs all checks of this host, or of an image. Findings are where they belong
 * in *doctor, whose host, options and empty list are given.
 */
void	doctor_examine(struct doctor *doctor);

/* Is this host examined as it runs, and not an image? */
bool	doctor_is_live(const struct doctor *doctor);

/*
 * Settings of the file at PATH; defaults where it can't be read, which is the
 * endpoint's and doctor_check_settings()'s to complain of.
 */
void	doctor_read_settings(const struct doctor *doctor, const char *path,
	    struct settings *ret);

/* The checks; each says what is wrong. */

/* The stacks of /etc/pam.d: does anyone get in past the module? */
void	doctor_pam(struct doctor *doctor);
/* sshd's configuration in force. */
void	doctor_ssh(struct doctor *doctor);
/* sudoers, as cvtsudoers(1) reads it. */
void	doctor_sudo(struct doctor *doctor);
/* Owner and mode of what awsmfa has on the disk, and the host key. */
void	doctor_files(struct doctor *doctor);
/* The same of the file of settings at PATH; is it also one that MUST_BE? */
void	doctor_check_settings(struct doctor *doctor, const char *path,
	    bool must_be);
/* The programs, the sockets, the module. */
void	doctor_service(struct doctor *doctor);
/* The account that the endpoint runs as. */
void	doctor_account(struct doctor *doctor);
/* Clock, and what of /proc is hidden. */
void	doctor_system(struct doctor *doctor);
/* Is awsmfa.conf valid? Who has no device where one is needed? */
void	doctor_users(struct doctor *doctor);
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

/* doctor_host.is_key and has_clock of production. */
bool	doctor_is_key(const char *path);
bool	doctor_has_clock(void);

#endif

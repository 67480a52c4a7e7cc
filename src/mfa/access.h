/*
 * What the policy document says of one person, who is at one place: the
 * condition keys, and the questions that are asked.
 */
#ifndef MFA_ACCESS_H
#define MFA_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/world.h"
#include "mfa/proof.h"
#include "mfa/settings.h"
#include "policy/policy.h"

/* Who asks, and from where. Borrowed; NULL or "": not known. */
struct access {
	const struct policy	*policy;
	const struct settings	*settings;	/* account id */
	const struct world	*world;		/* clock, groups */
	const struct host_user	*user;
	const char		*service;
	const char		*tty;
	/* Of the peer, as PAM or logind has it; counts as an address only. */
	const char		*rhost;
	bool			remote_known;	/* is there a login session? */
	bool			remote;		/* is it remote? */
	size_t			device_count;	/* enabled */
};

/* What MFA there was. */
struct access_mfa {
	bool		present;
	int64_t		age;		/* seconds; 0: given now */
	enum proof_kind	kind;		/* PROOF_NONE: not known */
};

/*
 * May ACCESS do ACTION ("iam:EnableMFADevice", "pam:Authenticate") on RESOURCE
 * (an ARN)? *ret_decision may be NULL.
 *  MFA_OK
 *  MFA_ACCESS_DENIED    the detail names the statements, or that there is none
 *  MFA_SERVICE_FAILURE  the groups, or the time, can't be asked for
 */
enum mfa_code	access_check(const struct access *access, const char *action,
		    const char *resource, const struct access_mfa *mfa,
		    struct policy_decision *ret_decision,
		    struct mfa_error *err) _must_check_;

/* "arn:aws:iam::ACCOUNT:user/USER" and "arn:aws:pam::ACCOUNT:service/NAME" */
#define ACCESS_ARN_SIZE		1280	/* octets with the NUL */
void	access_user_arn(const struct access *access,
	    char ret[static ACCESS_ARN_SIZE]);
void	access_service_arn(const struct access *access,
	    char ret[static ACCESS_ARN_SIZE]);

/* pam:Authenticate on ACCESS's service. */
enum mfa_code	access_authenticate(const struct access *access,
		    const struct access_mfa *mfa, struct mfa_error *err)
		    _must_check_;

#endif

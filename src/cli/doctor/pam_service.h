/* One PAM service in which our module is, and what is wrong with it. */
#ifndef CLI_DOCTOR_PAM_SERVICE_H
#define CLI_DOCTOR_PAM_SERVICE_H

#include "cli/doctor/doctor.h"
#include "cli/doctor/pam_ours.h"

/* A service that is looked at. */
struct pam_case {
	struct doctor	*d;
	const char	*name;		/* "sshd" */
	char		path[256];	/* its own file */
	struct pam_service service;
	struct settings	settings;	/* of awsmfa.conf, or of conf= */
	bool		decides;	/* account_services has it */
};

/* Reads the service; false, and no memory is noted, where there is none. */
bool	pam_case_open(struct doctor *d, const char *name, struct pam_case *ret)
	    _must_check_;
void	pam_case_close(struct pam_case *c);

/* Has it a line of ours, in any phase? */
bool	pam_case_is_ours(const struct pam_case *c);

/*
 * Can PHASE let in past ours? Also where it has no line of ours. Where that
 * can't be told it can. Who has to renew a password does not count.
 */
bool	pam_case_is_open(const struct pam_case *c, enum pam_phase phase);

/* Finds what is wrong in auth, and how ours is passed over in other phases. */
void	pam_case_auth(const struct pam_case *c);
/* Finds what is wrong with the lines in account and session. */
void	pam_case_phases(const struct pam_case *c);
/* Finds what is wrong with our lines' arguments. */
void	pam_case_arguments(const struct pam_case *c);

/* Says how ours is passed over in PHASE, each way that there is. */
void	pam_case_blame(const struct pam_case *c, enum pam_phase phase,
	    const struct pam_verdict *verdict);

#endif

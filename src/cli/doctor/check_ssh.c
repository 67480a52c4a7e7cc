/*
 * sshd: does its configuration ask for codes at all, and does anyone get in
 * past them? In force for everyone, and in the Match blocks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/pam_service.h"
#include "cli/doctor/run.h"
#include "cli/doctor/sshd_config.h"

#define SERVICE		"sshd"
#define TYPING_SECONDS	30	/* for a password, besides the tap */

/* One configuration that is judged, and where it is from. */
struct ssh {
	struct doctor		*d;
	const struct pam_case	*c;
	const char		*text;		/* of "sshd -T" */
	const char		*file;
	unsigned		line;
	const char		*whom;		/* " for User alice", or "" */
};

/* Is a line of ours in account or session passed over, or not listened to? */
static bool
keys_are_judged(const struct pam_case *c)
{
	const struct settings *settings = &c->settings;

	if (!c->decides)
		return false;
	if (!pam_case_is_open(c, PAM_PHASE_SESSION))
		return true;
	/* A key that is a proof is judged in session alone. */
	return !settings_list_has(&settings->ssh_verified_keys, c->name) &&
	    !pam_case_is_open(c, PAM_PHASE_ACCOUNT);
}

static bool
is_key_a_proof(const struct pam_case *c)
{
	return settings_list_has(&c->settings.ssh_verified_keys, c->name);
}

/* May the code be typed with the password? */
static bool
takes_both(const struct pam_case *c)
{
	const struct pam_entry *ours = pam_first_of_ours(
	    &c->service.phases[PAM_PHASE_AUTH]);

	return ours != NULL &&
	    (pam_entry_argument(ours, "forward_pass") != NULL ||
		pam_entry_argument(ours, "use_first_pass") != NULL);
}

/*
 * Has the administrator chosen keys alone for some, of whom the policy says
 * whether they need MFA?
 */
static bool
is_left_to_policy(const struct ssh *s, const struct sshd_ways *ways)
{
	return (s->line != 0 || s->d->connection != NULL) && ways->wants_keys &&
	    keys_are_judged(s->c);
}

static void
check_ways(const struct ssh *s, const struct sshd_ways *ways)
{
	const struct pam_stack *auth = &s->c->service.phases[PAM_PHASE_AUTH];
	bool asks = pam_has_ours(auth);

	if (ways->keys_alone && !keys_are_judged(s->c))
		doctor_find(s->d, FINDING_SSH_KEY_ALONE, s->file, s->line,
		    "whoever sshd verifies by itself, as by a public key "
		    "alone, is let in without MFA%s",
		    s->whom);
	if (!asks)
		return;
	if (!ways->prompts && !(ways->password && takes_both(s->c)) &&
	    !is_key_a_proof(s->c) && !is_left_to_policy(s, ways))
		doctor_find(s->d, FINDING_SSH_NO_PROMPT, s->file, s->line,
		    "keyboard-interactive is off: nobody can be asked for a "
		    "code%s",
		    s->whom);
	else if (ways->password && !takes_both(s->c))
		doctor_find(s->d, FINDING_SSH_PASSWORD, s->file, s->line,
		    "PasswordAuthentication is yes: with that method no code "
		    "can be typed, and the password counts as a wrong one%s",
		    s->whom);
	if (ways->prompts_alone && !pam_has_first_factor(auth))
		doctor_find(s->d, FINDING_SSH_CODE_ALONE, s->file, s->line,
		    "no password is asked for in /etc/pam.d/" SERVICE ", and "
		    "no key before it: the code is all that it takes%s",
		    s->whom);
}

/* A key that is a proof must have been tapped. */
static void
check_touch(const struct ssh *s)
{
	static const char option[] = "pubkeyauthoptions";

	if (!is_key_a_proof(s->c))
		return;
	if (!sshd_option_has(s->text, option, "touch-required"))
		doctor_find(s->d, FINDING_SSH_NO_TOUCH, s->file, s->line,
		    "PubkeyAuthOptions lacks touch-required: a user's "
		    "authorized_keys can do without the tap%s",
		    s->whom);
	if (s->c->settings.uv_required &&
	    !sshd_option_has(s->text, option, "verify-required"))
		doctor_find(s->d, FINDING_SSH_NO_VERIFY, s->file, s->line,
		    "PubkeyAuthOptions lacks verify-required: "
		    "user_verification is \"required\", and a tap without PIN "
		    "or finger will do%s",
		    s->whom);
}

static void
check_grace(const struct ssh *s)
{
	const char *value;
	unsigned long seconds, wanted;
	size_t len;

	value = sshd_option(s->text, "logingracetime", &len);
	seconds = value != NULL ? strtoul(value, NULL, 10) : 0;
	wanted = s->c->settings.key_timeout + TYPING_SECONDS;
	if (seconds != 0 && seconds < wanted)
		doctor_find(s->d, FINDING_SSH_GRACE, s->file, s->line,
		    "LoginGraceTime is %lu seconds: a password, and a tap that "
		    "is waited for %u seconds, take longer",
		    seconds, s->c->settings.key_timeout);
}

static void
check(const struct ssh *s)
{
	struct sshd_ways ways;

	if (sshd_option_has(s->text, "usepam", "no")) {
		doctor_find(s->d, FINDING_SSH_NO_PAM, s->file, s->line,
		    "UsePAM is no: PAM, and so MFA, has no part in sign-ins");
		return;
	}
	sshd_ways_read(s->text, &ways);
	check_ways(s, &ways);
	check_touch(s);
	check_grace(s);
}

/* What "sshd -T" prints, for CONNECTION unless NULL. */
static bool
ask_sshd(const struct doctor *d, const char *connection, char **ret_text)
{
	const char *const argv[] = { d->host->sshd, "-T",
		connection != NULL ? "-C" : NULL, connection, NULL };

	return run_program(d->host->root, argv, ret_text);
}

static void
judge_match(void *world, const struct sshd_match *match)
{
	const struct pam_case *c = world;
	_cleanup_(freep) char *text = NULL;
	char connection[512], whom[300];
	const struct ssh s = { .d = c->d,
		.c = c,
		.file = match->file,
		.line = match->line,
		.whom = whom };
	struct ssh asked = s;
	enum sshd_whom whose;

	whose = sshd_connection(c->d->host->root, match->criteria, connection,
	    sizeof(connection));
	if (whose == SSHD_WHOM_NOBODY)
		return;
	if (whose == SSHD_WHOM_UNKNOWN || !ask_sshd(c->d, connection, &text)) {
		doctor_find(c->d, FINDING_SSH_MATCH, match->file, match->line,
		    "%s is set for \"%s\" alone, which was not judged",
		    match->keyword, match->criteria);
		return;
	}
	(void)snprintf(whom, sizeof(whom), ", for \"Match %s\"",
	    match->criteria);
	asked.text = text;
	check(&asked);
}

static void
judge(const struct pam_case *c)
{
	struct doctor *d = c->d;
	_cleanup_(freep) char *text = NULL;
	struct ssh s = { .d = d,
		.c = c,
		.file = d->host->sshd_config,
		.whom = "" };

	if (!ask_sshd(d, d->connection, &text)) {
		doctor_find(d, FINDING_SSH_UNKNOWN, d->host->sshd, 0,
		    "\"sshd -T\" does not say how sshd is configured");
		return;
	}
	s.text = text;
	d->root_by_ssh = !sshd_option_has(text, "permitrootlogin", "no") &&
	    sshd_option_has(text, "pubkeyauthentication", "yes");
	check(&s);
	if (d->connection == NULL)
		sshd_matches(d->host->root, d->host->sshd_config, judge_match,
		    (void *)c);
}

void
doctor_ssh(struct doctor *d)
{
	struct pam_case c;

	if (!pam_case_open(d, SERVICE, &c))
		return;
	if (c.service.found && !c.service.refused &&
	    (pam_case_is_ours(&c) || is_key_a_proof(&c)))
		judge(&c);
	pam_case_close(&c);
}

#include "cli/doctor/pam_ours.h"

#include <stdlib.h>

#define OURS	"pam_awsmfa.so"

/*
 * Modules that prove nothing of who is there: what they answer is about the
 * place, the time, the account or the session. What is not in the list may be
 * a factor.
 */
static const char *const no_factors[] = { "pam_permit.so", "pam_deny.so",
	"pam_access.so", "pam_apparmor.so", "pam_cap.so", "pam_ck_connector.so",
	"pam_debug.so", "pam_echo.so", "pam_ecryptfs.so", "pam_elogind.so",
	"pam_env.so", "pam_faildelay.so", "pam_faillock.so", "pam_filter.so",
	"pam_gnome_keyring.so", "pam_group.so", "pam_issue.so",
	"pam_keyinit.so", "pam_kwallet.so", "pam_kwallet5.so",
	"pam_lastlog.so", "pam_limits.so", "pam_listfile.so",
	"pam_localuser.so", "pam_loginuid.so", "pam_mail.so",
	"pam_mkhomedir.so", "pam_motd.so", "pam_mount.so", "pam_namespace.so",
	"pam_nologin.so", "pam_rootok.so", "pam_securetty.so",
	"pam_selinux.so", "pam_sepermit.so", "pam_shells.so",
	"pam_succeed_if.so", "pam_systemd.so", "pam_tally2.so", "pam_time.so",
	"pam_tmpdir.so", "pam_tty_audit.so", "pam_umask.so", "pam_warn.so",
	"pam_wheel.so", NULL };

static bool
is_ours(const struct pam_entry *entry)
{
	return entry->kind == PAM_KIND_MODULE && pam_entry_is(entry, OURS);
}

static bool
is_factor(const struct pam_entry *entry)
{
	const char *const *name;

	if (entry->kind != PAM_KIND_MODULE || pam_entry_is(entry, OURS))
		return false;
	for (name = no_factors; *name != NULL; name++)
		if (pam_entry_is(entry, *name))
			return false;
	return true;
}

bool
pam_has_first_factor(const struct pam_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (is_factor(&stack->entries[i]))
			return true;
	return false;
}

const struct pam_entry *
pam_first_of_ours(const struct pam_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (is_ours(&stack->entries[i]))
			return &stack->entries[i];
	return NULL;
}

bool
pam_has_ours(const struct pam_stack *stack)
{
	return pam_first_of_ours(stack) != NULL;
}

/*
 * The answers that ENTRY may give in WORLD. Who signs in is not root:
 * pam_rootok.so is about a caller who could do without PAM.
 */
static uint32_t
answers_of(const struct pam_entry *entry, enum pam_world world)
{
	if (is_ours(entry))
		return world == PAM_WORLD_DENIED
		    ? PAM_ANSWERS_FAILING
		    : PAM_ANSWER_BIT(PAM_ANSWER_SUCCESS);
	if (pam_entry_is(entry, "pam_permit.so"))
		return PAM_ANSWER_BIT(PAM_ANSWER_SUCCESS);
	if (pam_entry_is(entry, "pam_deny.so") ||
	    pam_entry_is(entry, "pam_rootok.so"))
		return PAM_ANSWER_BIT(PAM_ANSWER_AUTH_ERR);
	if (world == PAM_WORLD_PROVED_ALONE && is_factor(entry))
		return PAM_ANSWERS_FAILING;
	return PAM_ANSWERS_ALL;
}

bool
pam_judge_ours(const struct pam_stack *stack, enum pam_world world,
    bool renewal, struct pam_verdict *ret)
{
	_cleanup_(freep) uint32_t *answers = NULL;
	_cleanup_(freep) bool *watched = NULL;
	struct pam_question question = { 0 };
	size_t i;

	answers = calloc(stack->count + 1, sizeof(*answers));
	watched = calloc(stack->count + 1, sizeof(*watched));
	if (answers == NULL || watched == NULL)
		return false;
	for (i = 0; i < stack->count; i++) {
		watched[i] = is_ours(&stack->entries[i]);
		answers[i] = answers_of(&stack->entries[i], world);
	}
	question.answers = answers;
	question.watched = watched;
	question.renewal_lets_in = renewal;
	return pam_judge(stack, &question, ret);
}

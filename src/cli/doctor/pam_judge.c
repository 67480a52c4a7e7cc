#include "cli/doctor/pam_judge.h"

#include <stdlib.h>
#include <string.h>

#define STATES_MAX	1024	/* of one entry */

/*
 * What libpam thinks so far, and its status as far as it matters. Once the
 * impression is positive with another status than success it can't improve.
 */
enum impression {
	UNDECIDED,
	GOOD,		/* positive, "success" */
	RENEWAL,	/* positive, "new_authtok_reqd" */
	POOR,		/* positive, anything else */
	BAD,		/* negative */
	/*
	 * Negative, and the application is told "new_authtok_reqd" all the
	 * same: it has the password changed, and goes on.
	 */
	BAD_RENEWAL,
};

/* What is known before an entry is called, and how it came so far. */
struct state {
	uint8_t		now;		/* enum impression */
	uint8_t		level;		/* of the entry called before */
	uint8_t		saved[PAM_LEVELS];	/* at a substack's begin */
	struct pam_blame blame;
};

/* The states in which an entry may be called, each once. */
struct states {
	struct state	*list;
	size_t		count;
};

struct judge {
	const struct pam_stack		*stack;
	const struct pam_question	*question;
	struct states			*before;	/* [count + 1] */
	struct pam_verdict		verdict;
	bool				no_memory;
};

static bool
same_state(const struct state *a, const struct state *b)
{
	return a->now == b->now && a->level == b->level &&
	    memcmp(a->saved, b->saved, sizeof(a->saved)) == 0 &&
	    a->blame.evasion == b->blame.evasion &&
	    a->blame.entry == b->blame.entry;
}

/* STATE is one in which the entry AT, or the end, is reached. */
static void
reach(struct judge *j, size_t at, const struct state *state)
{
	struct states *states = &j->before[at];
	struct state *grown;
	size_t i;

	for (i = 0; i < states->count; i++)
		if (same_state(&states->list[i], state))
			return;
	if (states->count == STATES_MAX) {
		j->verdict.unclear = true;
		return;
	}
	grown = states->list;
	/* Room doubles: at each power of two the list is full. */
	if ((states->count & (states->count - 1)) == 0)
		grown = reallocarray(states->list,
		    states->count == 0 ? 1 : states->count * 2, sizeof(*grown));
	if (grown == NULL) {
		j->no_memory = true;
		return;
	}
	states->list = grown;
	states->list[states->count++] = *state;
}

static enum impression
impression_of(unsigned answer)
{
	if (answer == PAM_ANSWER_SUCCESS)
		return GOOD;
	return answer == PAM_ANSWER_NEW_AUTHTOK_REQD ? RENEWAL : POOR;
}

/* The last entry of those below AT that belong to its level. */
static size_t
end_of_level(const struct pam_stack *stack, size_t at)
{
	unsigned level = stack->entries[at].level;

	while (at + 1 < stack->count && stack->entries[at + 1].level >= level)
		at++;
	return at;
}

/*
 * The last of JUMP entries after AT, a substack counting as one; false where
 * there are not so many, and *ret is then how far it got.
 */
static bool
jump_over(const struct pam_stack *stack, size_t at, int jump, size_t *ret)
{
	const struct pam_entry *entries = stack->entries;
	unsigned level = entries[at].level;

	for (; jump > 0; jump--) {
		if (at + 1 >= stack->count || entries[at + 1].level < level)
			break;
		do {
			at++;
		} while (
		    at + 1 < stack->count && entries[at + 1].level > level);
	}
	*ret = at;
	return jump == 0;
}

/* Is a watched entry among those after FROM, up to TO? */
static bool
skips_watched(const struct judge *j, size_t from, size_t to)
{
	while (++from <= to)
		if (j->question->watched[from])
			return true;
	return false;
}

static void
blame(struct state *state, enum pam_evasion evasion, size_t entry)
{
	state->blame.evasion = evasion;
	state->blame.entry = entry;
}

static bool
is_bad(unsigned impression)
{
	return impression == BAD || impression == BAD_RENEWAL;
}

/* The first answer that is bad is the one that the application is told. */
static void
act_bad(const struct judge *j, size_t at, unsigned answer, struct state *state)
{
	if (state->now == BAD_RENEWAL && j->question->watched[at])
		blame(state, PAM_EVASION_IGNORED, at);
	if (!is_bad(state->now))
		state->now = answer == PAM_ANSWER_NEW_AUTHTOK_REQD ? BAD_RENEWAL
								   : BAD;
}

static void
act_jump(struct judge *j, size_t at, int jump, struct state *state,
    size_t *last)
{
	if (!jump_over(j->stack, at, jump, last))
		state->now = BAD;
	if (skips_watched(j, at, *last))
		blame(state, PAM_EVASION_JUMP, at);
}

static void
act_final(struct judge *j, size_t at, struct state *state, size_t *last)
{
	*last = end_of_level(j->stack, at);
	if (skips_watched(j, at, *last))
		blame(state, PAM_EVASION_DONE, at);
}

/* Does what the entry AT says of ANSWER; *last is the last entry passed. */
static void
act(struct judge *j, size_t at, unsigned answer, struct state *state,
    size_t *last)
{
	const struct pam_entry *entry = &j->stack->entries[at];
	int action = entry->actions[answer];

	if (action != PAM_ACTION_BAD && action != PAM_ACTION_DIE &&
	    j->question->watched[at])
		blame(state, PAM_EVASION_IGNORED, at);
	switch (action) {
	case PAM_ACTION_IGNORE:
		break;
	case PAM_ACTION_RESET:
		if (is_bad(state->now))
			blame(state, PAM_EVASION_RESET, at);
		state->now = state->saved[entry->level];
		break;
	case PAM_ACTION_OK:
	case PAM_ACTION_DONE:
		if (state->now == UNDECIDED || state->now == GOOD)
			state->now = impression_of(answer);
		if (action == PAM_ACTION_DONE && !is_bad(state->now))
			act_final(j, at, state, last);
		break;
	case PAM_ACTION_BAD:
		act_bad(j, at, answer, state);
		break;
	case PAM_ACTION_DIE:
		act_bad(j, at, answer, state);
		act_final(j, at, state, last);
		break;
	default:
		act_jump(j, at, action, state, last);
	}
}

/* What the substacks that were left have saved is of no use any more. */
static void
forget_above(struct state *state, unsigned level)
{
	while (++level < PAM_LEVELS)
		state->saved[level] = UNDECIDED;
}

/* Did an answer below ANSWER, of ANSWERS, have the same effect already? */
static bool
is_repeated(const struct pam_entry *entry, uint32_t answers, unsigned answer)
{
	unsigned i;

	for (i = 0; i < answer; i++)
		if ((answers & PAM_ANSWER_BIT(i)) != 0 &&
		    entry->actions[i] == entry->actions[answer] &&
		    impression_of(i) == impression_of(answer))
			return true;
	return false;
}

/* Goes on from the entry AT in the state GIVEN. */
static void
step(struct judge *j, size_t at, const struct state *given)
{
	const struct pam_entry *entry = &j->stack->entries[at];
	uint32_t answers = j->question->answers[at];
	struct state before = *given, state;
	unsigned answer;
	size_t last;

	if (before.level < entry->level)
		before.saved[entry->level] = before.now;
	before.level = (uint8_t)entry->level;
	forget_above(&before, entry->level);
	if (entry->kind == PAM_KIND_SUBSTACK) {
		reach(j, at + 1, &before);
		return;
	}
	j->verdict.asked |= j->question->watched[at];
	if (entry->kind == PAM_KIND_FAILURE)
		answers = PAM_ANSWER_BIT(PAM_ANSWER_PERM_DENIED);
	for (answer = 0; answer < PAM_CODES; answer++) {
		if ((answers & PAM_ANSWER_BIT(answer)) == 0 ||
		    is_repeated(entry, answers, answer))
			continue;
		state = before;
		last = at;
		act(j, at, answer, &state, &last);
		reach(j, last + 1, &state);
	}
}

static void
conclude(struct judge *j)
{
	const struct states *states = &j->before[j->stack->count];
	struct pam_verdict *verdict = &j->verdict;
	const struct state *state;
	size_t i, k;

	for (i = 0; i < states->count; i++) {
		state = &states->list[i];
		if (state->now != GOOD &&
		    !(j->question->renewal_lets_in &&
			(state->now == RENEWAL || state->now == BAD_RENEWAL)))
			continue;
		verdict->lets_in = true;
		for (k = 0; k < verdict->blame_count; k++)
			if (verdict->blames[k].evasion ==
				state->blame.evasion &&
			    verdict->blames[k].entry == state->blame.entry)
				break;
		if (k == verdict->blame_count && k < PAM_BLAMES)
			verdict->blames[verdict->blame_count++] = state->blame;
	}
	verdict->lets_in |= verdict->unclear;
}

bool
pam_judge(const struct pam_stack *stack, const struct pam_question *question,
    struct pam_verdict *ret)
{
	const struct state start = { .now = UNDECIDED };
	struct judge j = { .stack = stack, .question = question };
	size_t at, i;

	j.before = calloc(stack->count + 1, sizeof(*j.before));
	if (j.before == NULL)
		return false;
	reach(&j, 0, &start);
	for (at = 0; at < stack->count && !j.no_memory; at++)
		for (i = 0; i < j.before[at].count && !j.no_memory; i++)
			step(&j, at, &j.before[at].list[i]);
	/* An empty stack lets nobody in. */
	conclude(&j);
	for (at = 0; at <= stack->count; at++)
		free(j.before[at].list);
	free(j.before);
	if (j.no_memory)
		return false;
	*ret = j.verdict;
	return true;
}

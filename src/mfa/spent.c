#include "mfa/spent.h"

/* A ledger that has none yet has 0 there. */
static int64_t
top_of(const struct ledger_device *entry)
{
	if (entry->last_step == STEP_NONE)
		return STEP_NONE;
	return entry->top > entry->last_step ? entry->top : entry->last_step;
}

/* From LOW up to HIGH, which is not below it, whatever a ledger has in it. */
static uint64_t
width(int64_t low, int64_t high)
{
	return (uint64_t)high - (uint64_t)low;
}

static bool
has_hole(const struct ledger_device *entry)
{
	return entry->hole_last > 0 && entry->hole_first <= entry->hole_last;
}

static bool
is_in_hole(const struct ledger_device *entry, int64_t step)
{
	return has_hole(entry) && step >= entry->hole_first &&
	    step <= entry->hole_last;
}

/* Was it never accepted, for certain? */
static bool
is_unspent(const struct ledger_device *entry, int64_t step)
{
	return step > top_of(entry) || is_in_hole(entry, step);
}

bool
spent_is_ahead(int64_t last, int64_t present)
{
	return last > present + SPENT_AHEAD;
}

bool
spent_has(const struct ledger_device *entry, int64_t step)
{
	return step <= entry->last_step || !is_unspent(entry, step);
}

bool
spent_has_pair(const struct ledger_device *entry, int64_t later,
    int64_t present)
{
	if (!spent_has(entry, later - 1) && !spent_has(entry, later))
		return false;
	return !spent_is_ahead(entry->last_step, present) ||
	    !is_in_hole(entry, later - 1) || !is_in_hole(entry, later);
}

static void
set_hole(struct ledger_device *entry, int64_t first, int64_t last)
{
	entry->hole_first = first;
	entry->hole_last = last;
}

/* Keeps the wider part of the hole, without FIRST to LAST. */
static void
split_hole(struct ledger_device *entry, int64_t first, int64_t last)
{
	if (width(entry->hole_first, first) > width(last, entry->hole_last))
		entry->hole_last = first - 1;
	else
		entry->hole_first = last + 1;
}

/* What lies between the old top and the new one, where that is wider. */
static void
raise_top(struct ledger_device *entry, int64_t first, int64_t last)
{
	int64_t top = top_of(entry);
	uint64_t old = has_hole(entry)
	    ? width(entry->hole_first, entry->hole_last) + 1
	    : 0;

	if (top != STEP_NONE && first > top && width(top, first) - 1 > old)
		set_hole(entry, top + 1, first - 1);
	entry->top = last;
}

static void
add(struct ledger_device *entry, int64_t first, int64_t last)
{
	if (last > top_of(entry))
		raise_top(entry, first, last);
	else if (is_in_hole(entry, last))
		split_hole(entry, first, last);
	entry->last_step = last;
}

void
spent_add(struct ledger_device *entry, int64_t step)
{
	add(entry, step, step);
}

void
spent_add_pair(struct ledger_device *entry, int64_t later)
{
	add(entry, later - 1, later);
}

void
spent_begin(struct ledger_device *entry, int64_t later)
{
	entry->last_step = later;
	entry->top = 0;
	set_hole(entry, 0, 0);
}

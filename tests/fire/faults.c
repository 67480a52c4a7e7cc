/*
 * faults SCENARIO HOW WHERE FIRST STRIDE USER SEED [ARGUMENT...]
 *
 * Has the endpoint (tests/fire/faulty in its place) fail at one call after the
 * other, and looks at what comes of it. HOW and WHERE are numbers of plan.h; of
 * calls of one name the FIRST ones are tried, and then every STRIDE-th.
 * USER has a token of 60 seconds with SEED.
 *
 *  right            a code that is right
 *  login            the same, with account and session
 *  wrong            a code that is wrong
 *  used             a code that was used
 *  recovery CODE    a recovery code
 *  enable SERIAL SEED      a second token is enabled
 *  deactivate SERIAL SEED  the second token is deactivated
 *  resync SERIAL SEED      the second token is resynchronized
 *  operation COMMAND...    a command of awsmfa, which may say a code to sign
 *                          in with
 *  session          an MFA session is begun; USER is root
 *  end              it is ended; USER is root
 *
 * Prints "ORDINAL CALL OUTCOME" for each, OUTCOME being "in" (or "done"),
 * "denied", or "silent" where the endpoint logged nothing of the denial; and
 * "! ORDINAL CALL WHAT" for what must not be.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "fire/faults.h"
#include "fire/plan.h"
#include "fire/state.h"

#define ANY   -1 /* number of arguments */
#define HANGS 60 /* seconds for one try, with all that follows */

static struct plan *plan;
static bool armed_done; /* let in, or carried out */

static void
map_plan(void)
{
	int fd = open(PLAN_PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd == -1 || fchmod(fd, 0666) == -1 ||
	    ftruncate(fd, sizeof(*plan)) == -1)
		err(1, "%s", PLAN_PATH);
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (plan == MAP_FAILED)
		err(1, "%s", PLAN_PATH);
	(void)close(fd);
}

void
arm(const struct trial *trial)
{
	plan->calls = plan->said_count = plan->leaked = 0;
	plan->failed[0] = plan->said[0] = '\0';
	plan->ordinal = trial->ordinal;
}

void
disarm(bool done)
{
	plan->ordinal = 0;
	armed_done = done;
}

void
bad(struct trial *trial, const char *what)
{
	printf("! %u %s %s (%s)\n", trial->ordinal, plan->failed, what,
	    plan->said);
	trial->bad++;
}

bool
code_lets_in(const struct trial *trial, const struct token *token,
    int64_t step)
{
	char code[SIGNIN_CODE];

	token_code(token, step, code);
	return signin_try(trial->service, trial->user, code, trial->later) ==
	    PAM_SUCCESS;
}

void
expect_next(struct trial *trial)
{
	if (!code_lets_in(trial, &trial->token, trial->step + 1))
		bad(trial, "and the next good code is denied");
}

static void
try_right(struct trial *trial)
{
	arm(trial);
	disarm(code_lets_in(trial, &trial->token, trial->step));
	if (armed_done && code_lets_in(trial, &trial->token, trial->step))
		bad(trial, "and the same code is let in twice");
	expect_next(trial);
}

static void
try_wrong(struct trial *trial)
{
	uint64_t before = state_generation(trial->user);
	char code[SIGNIN_CODE];
	int64_t far = trial->step + 1000;

	token_code(&trial->token, far, code);
	arm(trial);
	disarm(signin_try(trial->service, trial->user, code, trial->later) ==
	    PAM_SUCCESS);
	if (armed_done)
		bad(trial, "and a wrong code is let in");
	if (strstr(plan->said, "\"wrong code\"") != NULL &&
	    state_generation(trial->user) != before + 1)
		bad(trial, "and a wrong code is not counted");
	expect_next(trial);
}

static void
try_used(struct trial *trial)
{
	if (!code_lets_in(trial, &trial->token, trial->step))
		bad(trial, "before it failed");
	arm(trial);
	disarm(code_lets_in(trial, &trial->token, trial->step));
	if (armed_done)
		bad(trial, "and a used code is let in");
	expect_next(trial);
}

bool
answer_lets_in(const struct trial *trial, const char *answer)
{
	return signin_try(trial->service, trial->user, answer,
		   trial->later) == PAM_SUCCESS;
}

static void
try_recovery(struct trial *trial)
{
	arm(trial);
	disarm(answer_lets_in(trial, trial->arguments[0]));
	if (armed_done && answer_lets_in(trial, trial->arguments[0]))
		bad(trial, "and the same recovery code is let in twice");
	expect_next(trial);
}

static const struct scenario {
	const char *name;
	void (*try)(struct trial *trial);
	bool later;
	int arguments;
} scenarios[] = {
	{ "right", try_right, false, 0 },
	{ "login", try_right, true, 0 },
	{ "wrong", try_wrong, false, 0 },
	{ "used", try_used, false, 0 },
	{ "recovery", try_recovery, false, 1 },
	{ "enable", try_enable, false, 2 },
	{ "deactivate", try_deactivate, false, 2 },
	{ "resync", try_resync, false, 2 },
	{ "operation", try_operation, false, ANY },
	{ "session", try_session, false, 0 },
	{ "end", try_end, false, 0 },
};

static const struct scenario *
find_scenario(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	}
	errx(2, "see the head of faults.c");
}

/* One try, and what became of it. False: there was no such call any more. */
static bool
run_one(const struct scenario *scenario, struct trial *trial)
{
	const char *outcome;

	(void)alarm(HANGS);
	trial->step = token_step(&trial->token);
	scenario->try(trial);
	if (plan->leaked > 0)
		bad(trial, "and descriptors are left open");
	state_restore();
	if (plan->failed[0] == '\0')
		return false;
	outcome = armed_done ? "in" : plan->said_count == 0 ? "silent"
							    : "denied";
	printf("%u %s %s\n", trial->ordinal, plan->failed, outcome);
	(void)fflush(stdout);
	return true;
}

/* All calls of a name that there are in one try, one name after the other. */
static void
run(const struct scenario *scenario, struct trial *trial, unsigned first,
    unsigned stride)
{
	unsigned i;

	state_save();
	plan->only[0] = '\0';
	plan->seen_count = 0;
	trial->ordinal = PLAN_NONE;
	(void)run_one(scenario, trial);
	for (i = 0; i < plan->seen_count; i++) {
		(void)snprintf(plan->only, sizeof(plan->only), "%s",
		    plan->seen[i]);
		trial->ordinal = 1;
		while (run_one(scenario, trial))
			trial->ordinal += trial->ordinal < first ? 1 : stride;
	}
}

/* MFA sessions belong to a login session: here a new one, root's. */
static void
log_in(void)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	if (fd == -1 || write(fd, "0", 1) != 1)
		err(1, "/proc/self/loginuid");
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	struct trial trial = { .service = "mfa", .arguments = argv + 8 };
	const struct scenario *scenario;

	if (argc < 8)
		errx(2, "see the head of faults.c");
	scenario = find_scenario(argv[1]);
	if (scenario->arguments != ANY && argc != 8 + scenario->arguments)
		errx(2, "see the head of faults.c");
	map_plan();
	log_in();
	plan->how = (enum plan_how)strtoul(argv[2], NULL, 10);
	plan->where = (unsigned)strtoul(argv[3], NULL, 10);
	trial.user = argv[6];
	token_set(&trial.token, argv[7], 60);
	if (scenario->arguments == 2)
		token_set(&trial.second, argv[9], 60);
	trial.later = scenario->later;
	if (trial.later)
		trial.service = "fire";
	run(scenario, &trial, (unsigned)strtoul(argv[4], NULL, 10),
	    (unsigned)strtoul(argv[5], NULL, 10));
	return trial.bad > 0;
}

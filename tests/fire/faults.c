/*
 * faults SCENARIO HOW WHERE STRIDE USER SEED [ARGUMENT...]
 *
 * Has the endpoint (tests/fire/faulty in its place) fail at one call after the
 * other, and looks at what comes of it. HOW and WHERE are numbers of plan.h; of
 * calls of one name that are many, every STRIDE-th is tried.
 * USER has a token of 60 seconds with SEED.
 *
 *  right            a code that is right
 *  login            the same, with account and session
 *  wrong            a code that is wrong
 *  used             a code that was used
 *  recovery CODE    a recovery code
 *  enable SERIAL SEED      a second token is enabled
 *  deactivate SERIAL SEED  the second token is deactivated
 *
 * Prints "ORDINAL CALL OUTCOME" for each, OUTCOME being "in" (or "done"),
 * "denied", or "silent" where the endpoint logged nothing of the denial; and
 * "! ORDINAL CALL WHAT" for what must not be.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "fire/plan.h"
#include "fire/signin.h"
#include "fire/state.h"

#define EVERY 16 /* of a name: so many are tried whatever STRIDE is */
#define HANGS 60 /* seconds for one try, with all that follows */

struct trial {
	const char *user;
	struct token token;
	const char *argument; /* of the scenario */
	struct token second;
	unsigned ordinal;
	int64_t step; /* of the code that is tried */
	const char *service;
	bool later;
	unsigned bad; /* what must not be */
};

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

static void
arm(const struct trial *trial)
{
	plan->calls = plan->said_count = plan->leaked = 0;
	plan->failed[0] = plan->said[0] = '\0';
	plan->ordinal = trial->ordinal;
}

static void
disarm(void)
{
	plan->ordinal = 0;
}

static void
bad(struct trial *trial, const char *what)
{
	printf("! %u %s %s (%s)\n", trial->ordinal, plan->failed, what,
	    plan->said);
	trial->bad++;
}

static bool
code_lets_in(const struct trial *trial, const struct token *token,
    int64_t step)
{
	char code[SIGNIN_CODE];

	token_code(token, step, code);
	return signin_try(trial->service, trial->user, code, trial->later) ==
	    PAM_SUCCESS;
}

/* The next good login with a new code, after whatever there was. */
static void
expect_next(struct trial *trial)
{
	if (!code_lets_in(trial, &trial->token, trial->step + 1))
		bad(trial, "and the next good code is denied");
}

static void
try_right(struct trial *trial)
{
	arm(trial);
	armed_done = code_lets_in(trial, &trial->token, trial->step);
	disarm();
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
	armed_done = signin_try(trial->service, trial->user, code,
	    trial->later) == PAM_SUCCESS;
	disarm();
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
	armed_done = code_lets_in(trial, &trial->token, trial->step);
	disarm();
	if (armed_done)
		bad(trial, "and a used code is let in");
	expect_next(trial);
}

static bool
argument_lets_in(const struct trial *trial)
{
	return signin_try(trial->service, trial->user, trial->argument,
		   trial->later) == PAM_SUCCESS;
}

static void
try_recovery(struct trial *trial)
{
	arm(trial);
	armed_done = argument_lets_in(trial);
	disarm();
	if (armed_done && argument_lets_in(trial))
		bad(trial, "and the same recovery code is let in twice");
	expect_next(trial);
}

/* awsmfa with ARGUMENTS; has it done it? What it says is in SAID. */
static bool
command(char *const arguments[], char said[static 1024])
{
	posix_spawn_file_actions_t actions;
	int ends[2], status;
	ssize_t n, used = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1 ||
	    posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, ends[1], 1) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, ends[1], 2) != 0 ||
	    posix_spawnp(&pid, "awsmfa", &actions, NULL, arguments, environ) !=
		0)
		errx(1, "awsmfa can't be run");
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	while ((n = read(ends[0], said + used, (size_t)(1023 - used))) > 0)
		used += n;
	said[used] = '\0';
	for (n = 0; n < used; n++) {
		if (said[n] == '\n')
			said[n] = ' ';
	}
	(void)close(ends[0]);
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
enable(const struct trial *trial, int64_t first, char said[static 1024])
{
	char code1[SIGNIN_CODE], code2[SIGNIN_CODE];
	char *const arguments[] = { "awsmfa", "enable-mfa-device",
		"--user-name", (char *)trial->user, "--serial-number",
		(char *)trial->argument, "--authentication-code1", code1,
		"--authentication-code2", code2, NULL };

	token_code(&trial->second, first, code1);
	token_code(&trial->second, first + 1, code2);
	return command(arguments, said);
}

static bool
deactivate(const struct trial *trial, char said[static 1024])
{
	char *const arguments[] = { "awsmfa", "deactivate-mfa-device",
		"--user-name", (char *)trial->user, "--serial-number",
		(char *)trial->argument, NULL };

	return command(arguments, said);
}

/*
 * The second token is enabled with the codes of 5 and 4 steps ago, or then, if
 * that failed, with those of 3 and 2; it is as late as that from then on.
 */
static void
try_enable(struct trial *trial)
{
	int64_t step = trial->step;
	char said[1024];

	arm(trial);
	armed_done = enable(trial, step - 5, said);
	disarm();
	expect_next(trial);
	if (armed_done && code_lets_in(trial, &trial->second, step - 4))
		bad(trial, "and a code that enabled a device is let in");
	if (code_lets_in(trial, &trial->second, step - 3))
		return;
	if (armed_done)
		bad(trial, "and the device that was enabled is not there");
	if (!enable(trial, step - 3, said))
		bad(trial, said);
	else if (!code_lets_in(trial, &trial->second, step - 1))
		bad(trial, "and the device can't be enabled then");
}

/* It is enabled again with codes that are later than what it has used. */
static void
try_deactivate(struct trial *trial)
{
	char said[1024];

	arm(trial);
	armed_done = deactivate(trial, said);
	disarm();
	expect_next(trial);
	if (!armed_done && !deactivate(trial, said) &&
	    strstr(said, "NoSuchEntity") == NULL)
		bad(trial, said);
	if (code_lets_in(trial, &trial->second, trial->step))
		bad(trial, "and the device that was deactivated lets in");
	if (!enable(trial, trial->step, said))
		bad(trial, said);
	else if (!code_lets_in(trial, &trial->second, trial->step + 2))
		bad(trial, "and the device can't be enabled again");
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
run(const struct scenario *scenario, struct trial *trial, unsigned stride)
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
			trial->ordinal += trial->ordinal < EVERY ? 1 : stride;
	}
}

int
main(int argc, char **argv)
{
	struct trial trial = { .service = "mfa" };
	const struct scenario *scenario;

	if (argc < 7)
		errx(2, "see the head of faults.c");
	scenario = find_scenario(argv[1]);
	if (argc != 7 + scenario->arguments)
		errx(2, "see the head of faults.c");
	map_plan();
	plan->how = (enum plan_how)strtoul(argv[2], NULL, 10);
	plan->where = (unsigned)strtoul(argv[3], NULL, 10);
	trial.user = argv[5];
	token_set(&trial.token, argv[6], 60);
	trial.argument = argv[7];
	if (scenario->arguments == 2)
		token_set(&trial.second, argv[8], 60);
	trial.later = scenario->later;
	if (trial.later)
		trial.service = "fire";
	run(scenario, &trial, (unsigned)strtoul(argv[4], NULL, 10));
	return trial.bad > 0;
}

/* Operations, by awsmfa, of which a call of the endpoint fails. */
#include <sys/wait.h>

#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fire/faults.h"

#define SAID	      1024
#define LONG_CODE     19 /* of recovery codes and grants: XXXX-XXXX-... */
#define COMMAND_MAX   16

/* awsmfa with ARGUMENTS; has it done it? What it says is in SAID. */
static bool
command(char *const arguments[], char said[static SAID])
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
	while ((n = read(ends[0], said + used, (size_t)(SAID - 1 - used))) > 0)
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

/* NAME of the second token, with two codes in a row, the first of STEP. */
static bool
by_codes(const struct trial *trial, char *name, int64_t step,
    char said[static SAID])
{
	char code1[SIGNIN_CODE], code2[SIGNIN_CODE];
	char *const arguments[] = { "awsmfa", name, "--user-name",
		(char *)trial->user, "--serial-number", trial->arguments[0],
		"--authentication-code1", code1, "--authentication-code2",
		code2, NULL };

	token_code(&trial->second, step, code1);
	token_code(&trial->second, step + 1, code2);
	return command(arguments, said);
}

static bool
enable(const struct trial *trial, int64_t first, char said[static SAID])
{
	return by_codes(trial, "enable-mfa-device", first, said);
}

static bool
deactivate(const struct trial *trial, char said[static SAID])
{
	char *const arguments[] = { "awsmfa", "deactivate-mfa-device",
		"--user-name", (char *)trial->user, "--serial-number",
		trial->arguments[0], NULL };

	return command(arguments, said);
}

/*
 * The second token is enabled with the codes of 5 and 4 steps ago, or then, if
 * that failed, with those of 3 and 2; it is as late as that from then on.
 */
void
try_enable(struct trial *trial)
{
	int64_t step = trial->step;
	bool done;
	char said[SAID];

	arm(trial);
	disarm(done = enable(trial, step - 5, said));
	expect_next(trial);
	if (done && code_lets_in(trial, &trial->second, step - 4))
		bad(trial, "and a code that enabled a device is let in");
	if (code_lets_in(trial, &trial->second, step - 3))
		return;
	if (done)
		bad(trial, "and the device that was enabled is not there");
	if (!enable(trial, step - 3, said))
		bad(trial, said);
	else if (!code_lets_in(trial, &trial->second, step - 1))
		bad(trial, "and the device can't be enabled then");
}

/* It is enabled again with codes that are later than what it has used. */
void
try_deactivate(struct trial *trial)
{
	bool done;
	char said[SAID];

	arm(trial);
	disarm(done = deactivate(trial, said));
	expect_next(trial);
	if (!done && !deactivate(trial, said) &&
	    strstr(said, "NoSuchEntity") == NULL)
		bad(trial, said);
	if (code_lets_in(trial, &trial->second, trial->step))
		bad(trial, "and the device that was deactivated lets in");
	if (!enable(trial, trial->step, said))
		bad(trial, said);
	else if (!code_lets_in(trial, &trial->second, trial->step + 2))
		bad(trial, "and the device can't be enabled again");
}

/* With the codes of 5 and 4 steps ago, and then of 3 and 2 in any case. */
void
try_resync(struct trial *trial)
{
	int64_t step = trial->step;
	bool done;
	char said[SAID];

	arm(trial);
	disarm(done = by_codes(trial, "resync-mfa-device", step - 5, said));
	expect_next(trial);
	if (done && code_lets_in(trial, &trial->second, step - 4))
		bad(trial, "and a code of the resynchronization is let in");
	if (!by_codes(trial, "resync-mfa-device", step - 3, said))
		bad(trial, said);
	if (code_lets_in(trial, &trial->second, step - 2))
		bad(trial, "and a code of the second one is let in");
	if (!code_lets_in(trial, &trial->second, step - 1))
		bad(trial, "and the device is not where it was said to be");
}

/* The first recovery code or grant in SAID, and a NUL after it; or NULL. */
static const char *
find_long_code(char said[static SAID])
{
	size_t len = strlen(said), at, i;

	for (at = 0; at + LONG_CODE <= len; at++) {
		for (i = 0; i < LONG_CODE; i++) {
			if (i % 5 == 4 ? said[at + i] != '-'
				       : !isupper(said[at + i]) &&
				    !isdigit(said[at + i]))
				break;
		}
		if (i == LONG_CODE) {
			said[at + i] = '\0';
			return said + at;
		}
	}
	return NULL;
}

/* "" where COMMAND, once more, is done, or there is nothing left to do. */
static const char *
repeat(char *const arguments[], char said[static SAID])
{
	return command(arguments, said) ||
		strstr(said, "EntityAlreadyExists") != NULL ||
		strstr(said, "NoSuchEntity") != NULL
	    ? ""
	    : said;
}

void
try_operation(struct trial *trial)
{
	char *arguments[COMMAND_MAX] = { "awsmfa" };
	char said[SAID] = "";
	const char *code, *wrong = "";
	bool done;
	size_t i;

	for (i = 0; trial->arguments[i] != NULL; i++) {
		if (i + 2 == COMMAND_MAX)
			errx(2, "too many arguments");
		arguments[i + 1] = trial->arguments[i];
	}
	arm(trial);
	disarm(done = command(arguments, said));
	if (!done)
		wrong = repeat(arguments, said);
	if (*wrong != '\0')
		bad(trial, wrong);
	code = find_long_code(said);
	if (code != NULL && !answer_lets_in(trial, code))
		bad(trial, "and a code that was told is denied");
	if (code != NULL && answer_lets_in(trial, code))
		bad(trial, "and a code that was told is let in twice");
	expect_next(trial);
}

static bool
get_session(const struct trial *trial)
{
	char said[SAID], code[SIGNIN_CODE];
	char *const arguments[] = { "awsmfa", "get-session-token",
		"--token-code", code, NULL };

	token_code(&trial->token, trial->step, code);
	return command(arguments, said);
}

static bool
session(char *what, char said[static SAID])
{
	char *const arguments[] = { "awsmfa", "session", what, NULL };

	return command(arguments, said);
}

static void
end_session(struct trial *trial)
{
	char said[SAID];

	if (!session("end", said) && strstr(said, "NoSuchEntity") == NULL)
		bad(trial, said);
	if (session("show", said))
		bad(trial, "and the session has not ended");
}

void
try_session(struct trial *trial)
{
	bool done;
	char said[SAID];

	arm(trial);
	disarm(done = get_session(trial));
	if (done && !session("show", said))
		bad(trial, said);
	if (done && get_session(trial))
		bad(trial, "and the same code is good twice");
	end_session(trial);
	expect_next(trial);
}

void
try_end(struct trial *trial)
{
	bool done;
	char said[SAID];

	if (!get_session(trial))
		bad(trial, "and there is no session to end");
	arm(trial);
	disarm(done = session("end", said));
	if (done && session("show", said))
		bad(trial, "and the session that was ended is there");
	end_session(trial);
	expect_next(trial);
}

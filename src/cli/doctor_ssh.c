/*
 * Where a key that sshd has verified is a proof, what that rests on: the lines
 * of the PAM service, and sshd's own configuration.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"

#define TEXT_SIZE	(64 * 1024)
#define SERVICES	16
#define INCLUDES	3 /* of files in files */
#define SERVICE_SIZE	65
#define BLANK		" \t"

struct services {
	size_t	count;
	char	names[SERVICES][SERVICE_SIZE];
};

/* All of FD; false where that is too much. */
static bool
read_all(int fd, char text[static TEXT_SIZE])
{
	size_t len = 0;
	ssize_t n;

	while (len < TEXT_SIZE - 1) {
		n = read(fd, text + len, TEXT_SIZE - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			text[len] = '\0';
			return n == 0;
		}
		len += (size_t)n;
	}
	return false;
}

static bool
read_file(const char *path, char text[static TEXT_SIZE])
{
	_cleanup_(closep) int fd = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd >= 0 && read_all(fd, text);
}

/* Splits the next line off *REST; NULL at the end. */
static char *
next_line(char **rest)
{
	return *rest != NULL ? strsep(rest, "\n") : NULL;
}

/* What follows the setting NAME at the begin of a line of TEXT, or NULL. */
static const char *
find_setting(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (text != NULL) {
		text += strspn(text, BLANK);
		if (strncmp(text, name, len) == 0 &&
		    strchr(BLANK "=:\n", text[len]) != NULL &&
		    text[len] != '\0')
			return text + len;
		if ((text = strchr(text, '\n')) != NULL)
			text++;
	}
	return NULL;
}

/* The names in quotes that the list NAME of TEXT has. */
static bool
read_list(const char *text, const char *name, struct services *ret)
{
	const char *at = find_setting(text, name);
	size_t len;

	ret->count = 0;
	if (at == NULL)
		return false;
	while (ret->count < SERVICES) {
		at += strcspn(at, "\";)]");
		if (*at != '"')
			break;
		len = strcspn(++at, "\"");
		if (at[len] == '\0')
			break;
		if (len < SERVICE_SIZE)
			(void)snprintf(ret->names[ret->count++], SERVICE_SIZE,
			    "%.*s", (int)len, at);
		at += len + 1;
	}
	return true;
}

static bool
has_service(const struct services *services, const char *name)
{
	size_t i;

	for (i = 0; i < services->count; i++) {
		if (strcmp(services->names[i], name) == 0)
			return true;
	}
	return false;
}

/* Is LINE, without its comment, one of session with MODULE? */
static bool
is_session(const char *line, const char *module)
{
	line += strspn(line, BLANK "-");
	return strncmp(line, "session", 7) == 0 &&
	    strchr(BLANK, line[7]) != NULL && strstr(line, module) != NULL;
}

/* The file that LINE has stand in its place; NULL: it is no such line. */
static const char *
included(char *line)
{
	static const char word[] = "@include";
	char *name = line + sizeof(word) - 1;

	if (strncmp(line, word, sizeof(word) - 1) != 0)
		return NULL;
	name += strspn(name, BLANK);
	name[strcspn(name, BLANK)] = '\0';
	return name[0] != '\0' && strchr(name, '/') == NULL ? name : NULL;
}

/* Has the service NAME a line of TYPE with pam_awsmfa.so and PART? */
static bool
has_line(const struct doctor *d, const char *name, const char *type,
    const char *part, unsigned depth)
{
	char path[256], text[TEXT_SIZE], *rest = text, *line;
	const char *other, *start;
	size_t len = strlen(type);

	(void)snprintf(path, sizeof(path), "%s/%s", d->host->pam, name);
	if (depth > INCLUDES || !read_file(path, text))
		return false;
	while ((line = next_line(&rest)) != NULL) {
		line[strcspn(line, "#")] = '\0';
		start = line + strspn(line, BLANK);
		if (strncmp(start, type, len) == 0 &&
		    strchr(BLANK, start[len]) != NULL &&
		    strstr(start, "pam_awsmfa.so") != NULL &&
		    strstr(start, part) != NULL)
			return true;
		if ((other = included(line)) != NULL &&
		    has_line(d, other, type, part, depth + 1))
			return true;
	}
	return false;
}

/* Either of the later phases denies who has not enrolled; nothing else does. */
static void
check_enrolment(struct doctor *d, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", d->host->pam, name);
	if (has_line(d, name, "auth", "unenrolled=enroll", 0) &&
	    !has_line(d, name, "account", "requi", 0) &&
	    !has_line(d, name, "session", "requi", 0))
		doctor_find(d, DOCTOR_FAILED, path,
		    "unenrolled=enroll in auth, and pam_awsmfa.so is required "
		    "neither in account nor in session: whoever has no device "
		    "is let in without one");
}

/* What is wrong with the session lines of TEXT, or NULL. */
static const char *
judge_stack(char *text)
{
	char *line;

	while ((line = next_line(&text)) != NULL) {
		line[strcspn(line, "#")] = '\0';
		if (is_session(line, "pam_env.so"))
			return "pam_env.so stands before pam_awsmfa.so in "
			       "session: a user's file can then say that a "
			       "key was verified";
		if (!is_session(line, "pam_awsmfa.so"))
			continue;
		return strstr(line, "requi") != NULL
		    ? NULL
		    : "pam_awsmfa.so is not required in session";
	}
	return "no line of pam_awsmfa.so in session: whoever comes with a "
	       "public key alone is let in without MFA";
}

static void
check_service(struct doctor *d, const struct services *phases, const char *name)
{
	char path[256], text[TEXT_SIZE];
	const char *wrong;

	(void)snprintf(path, sizeof(path), "%s/%s", d->host->pam, name);
	if (!has_service(phases, name)) {
		doctor_find(d, DOCTOR_FAILED, path,
		    "account_services does not have the service: whoever comes "
		    "with a public key alone is let in without MFA");
	} else if (!read_file(path, text)) {
		doctor_find(d, DOCTOR_FAILED, path, "can't be read");
	} else if ((wrong = judge_stack(text)) != NULL) {
		doctor_find(d, DOCTOR_FAILED, path, "%s", wrong);
	} else {
		doctor_find(d, DOCTOR_OK, path,
		    "pam_awsmfa.so judges in session what sshd has verified");
	}
}

/* Runs "PROGRAM -T", which prints sshd's configuration in force. */
static bool
ask_sshd(const char *program, char text[static TEXT_SIZE])
{
	char *const argv[] = { "sshd", "-T", NULL };
	char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], status = -1;
	bool well;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return false;
	well = posix_spawn_file_actions_init(&actions) == 0;
	well = well &&
	    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR,
		0) == 0 &&
	    posix_spawn_file_actions_adddup2(&actions, fds[1], 1) == 0 &&
	    posix_spawn_file_actions_adddup2(&actions, 0, 2) == 0 &&
	    posix_spawn(&pid, program, &actions, NULL, argv, env) == 0;
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fds[1]);
	if (well) {
		well = read_all(fds[0], text);
		(void)close(fds[0]);
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			continue;
		return well && status == 0;
	}
	(void)close(fds[0]);
	return false;
}

/* Has sshd's configuration the option NAME, with WORD among its values? */
static bool
has_option(const char *text, const char *name, const char *word)
{
	const char *at = find_setting(text, name);
	size_t len = strlen(word), n;

	for (; at != NULL && *at != '\0' && *at != '\n'; at += n) {
		at += strspn(at, " ");
		n = strcspn(at, " \n");
		if (n == len && strncmp(at, word, n) == 0)
			return true;
	}
	return false;
}

/* Must keys have verified who taps them? */
static bool
is_uv_required(const char *conf)
{
	struct services words;

	return read_list(conf, "user_verification", &words) &&
	    words.count > 0 && strcmp(words.names[0], "required") == 0;
}

static void
check_sshd(struct doctor *d, bool uv)
{
	const char *program = d->host->sshd;
	char text[TEXT_SIZE];

	if (!ask_sshd(program, text))
		doctor_find(d, DOCTOR_NOTE, program,
		    "\"sshd -T\" does not say how it is configured: see that "
		    "PubkeyAuthOptions has touch-required");
	else if (!has_option(text, "usepam", "yes"))
		doctor_find(d, DOCTOR_FAILED, program,
		    "UsePAM is no: PAM, and so MFA, has no part in sign-ins");
	else if (!has_option(text, "pubkeyauthoptions", "touch-required"))
		doctor_find(d, DOCTOR_FAILED, program,
		    "PubkeyAuthOptions lacks touch-required: a user's "
		    "authorized_keys can do without the tap");
	else if (uv &&
	    !has_option(text, "pubkeyauthoptions", "verify-required"))
		doctor_find(d, DOCTOR_FAILED, program,
		    "PubkeyAuthOptions lacks verify-required: "
		    "user_verification is \"required\", and a tap without "
		    "PIN or finger will do");
	else
		doctor_find(d, DOCTOR_OK, program,
		    "a key that it has verified was tapped (Match blocks "
		    "are not looked at)");
}

void
doctor_ssh(struct doctor *d)
{
	struct services verified, phases;
	char text[TEXT_SIZE];
	size_t i;

	if (!read_file(d->host->conf, text))
		text[0] = '\0';
	if (!read_list(text, "account_services", &phases)) {
		phases.count = 1;
		strcpy(phases.names[0], "sshd");
	}
	for (i = 0; i < phases.count; i++)
		check_enrolment(d, phases.names[i]);
	(void)read_list(text, "ssh_verified_keys", &verified);
	if (verified.count == 0) {
		doctor_find(d, DOCTOR_OK, "",
		    "no key that sshd has verified is a proof");
		return;
	}
	for (i = 0; i < verified.count; i++)
		check_service(d, &phases, verified.names[i]);
	check_sshd(d, is_uv_required(text));
}

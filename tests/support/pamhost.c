#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "support/pamhost.h"

#define STEP_MS	 5
#define BEGIN_MS 400 /* for a fake endpoint that may not be asked at all */

static void
path_of(const struct pamhost *host, const char *name, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%s", host->folder, name);
}

static const char *
build_folder(void)
{
	const char *folder = getenv("abs_top_builddir");

	return folder != NULL ? folder : ".";
}

static void
write_file(const struct pamhost *host, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	path_of(host, name, path);
	if ((f = fopen(path, "we")) == NULL || fputs(text, f) == EOF ||
	    fclose(f) != 0)
		err(1, "%s", path);
	if (chmod(path, 0666) != 0)
		err(1, "%s", path);
}

const char *
pamhost_account(void)
{
	static char name[256];
	struct passwd *entry = getpwuid(geteuid());

	if (geteuid() == 0)
		return "daemon";
	snprintf(name, sizeof(name), "%s", entry != NULL ? entry->pw_name : "");
	return name;
}

static int
bind_log(const struct pamhost *host)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/log",
	    host->folder);
	if (fd == -1 || bind(fd, (struct sockaddr *)&address,
	    sizeof(address)) != 0 || chmod(address.sun_path, 0666) != 0)
		err(1, "%s", address.sun_path);
	return fd;
}

void
pamhost_setup(struct pamhost *host, const char *account)
{
	char path[PATH_MAX];

	memset(host, 0, sizeof(*host));
	host->service = "test";
	strcpy(host->folder, "/tmp/pamhost-XXXXXX");
	if (mkdtemp(host->folder) == NULL || chmod(host->folder, 0777) != 0)
		err(1, "%s", host->folder);
	path_of(host, "pam.d", path);
	if (mkdir(path, 0755) != 0)
		err(1, "%s", path);
	setenv("MFA_TEST_FOLDER", host->folder, 1);
	setenv("MFA_TEST_ACCOUNT", account, 1);
	host->log = bind_log(host);
	pamhost_service(host, "MODULE");
}

void
pamhost_teardown(struct pamhost *host)
{
	static const char *const names[] = { "pam.d/test", "pam.d/sshd",
		"pam.d/sshd-2", "pam.d/xsshd", "pam.d", "script", "seen",
		"begun", "login.sock", "user.sock", "endpoint", "log",
		"authtok", "agent" };
	char path[PATH_MAX];
	size_t i;

	pamhost_unlisten(host);
	close(host->log);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(host, names[i], path);
		(void)remove(path);
	}
	(void)rmdir(host->folder);
}

void
pamhost_script(struct pamhost *host, const char *steps)
{
	write_file(host, "script", steps);
	write_file(host, "seen", "");
	write_file(host, "begun", "");
}

bool
pamhost_begun(struct pamhost *host, int ms)
{
	struct stat st = { 0 };
	char path[PATH_MAX];

	path_of(host, "begun", path);
	for (; ms > 0; ms -= STEP_MS) {
		if (stat(path, &st) == 0 && st.st_size > 0)
			return true;
		usleep(STEP_MS * 1000);
	}
	return false;
}

static void
listen_on(struct pamhost *host, uid_t uid, const char *name)
{
	char path[PATH_MAX], octet;
	int ready[2];

	snprintf(path, sizeof(path), "%s/tests/support/fakepeer",
	    build_folder());
	if (pipe2(ready, O_CLOEXEC) != 0 || (host->listener = fork()) == -1)
		err(1, "%s", path);
	if (host->listener == 0) {
		if (dup2(ready[1], STDOUT_FILENO) == -1 ||
		    setresuid(uid, uid, uid) != 0)
			err(1, "%s", path);
		execl(path, "fakepeer", host->folder, name, (char *)NULL);
		err(1, "%s", path);
	}
	close(ready[1]);
	if (read(ready[0], &octet, 1) != 0)
		err(1, "%s", path);
	close(ready[0]);
}

void
pamhost_listen(struct pamhost *host, uid_t uid)
{
	/* Where the module of a caller like this one looks for it. */
	listen_on(host, uid, geteuid() == 0 ? "login.sock" : "user.sock");
}

void
pamhost_listen_users(struct pamhost *host, uid_t uid)
{
	listen_on(host, uid, "user.sock");
}

void
pamhost_unlisten(struct pamhost *host)
{
	if (host->listener <= 0)
		return;
	kill(host->listener, SIGKILL);
	(void)waitpid(host->listener, NULL, 0);
	host->listener = 0;
}

void
pamhost_install(struct pamhost *host)
{
	char from[PATH_MAX], path[PATH_MAX], octets[65536];
	int in, out;
	ssize_t n;

	snprintf(from, sizeof(from), "%s/tests/support/fakepeer",
	    build_folder());
	path_of(host, "endpoint", path);
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (in == -1 || out == -1)
		err(1, "%s", path);
	while ((n = read(in, octets, sizeof(octets))) > 0) {
		if (write(out, octets, (size_t)n) != n)
			err(1, "%s", path);
	}
	close(in);
	if (fchmod(out, 0755) != 0 || close(out) != 0)
		err(1, "%s", path);
}

/* Appends WORD's meaning to TEXT. */
static void
append_word(const struct pamhost *host, const char *word, char *text)
{
	size_t len = strlen(text);

	if (strcmp(word, "MODULE") == 0)
		snprintf(text + len, PAMHOST_TEXT - len,
		    "%s/tests/pam/.libs/module.so", build_folder());
	else if (strcmp(word, "AUTHTOK") == 0)
		snprintf(text + len, PAMHOST_TEXT - len,
		    "%s/tests/support/.libs/authtok.so", build_folder());
	else if (strcmp(word, "KEPT") == 0)
		snprintf(text + len, PAMHOST_TEXT - len, "%s/authtok",
		    host->folder);
	else
		snprintf(text + len, PAMHOST_TEXT - len, "%s", word);
}

static bool
is_type(const char *word)
{
	return strcmp(word, "account") == 0 || strcmp(word, "session") == 0;
}

void
pamhost_service(struct pamhost *host, const char *lines)
{
	char text[PAMHOST_TEXT] = "", copy[PAMHOST_TEXT], *line, *word;
	char *lines_left = NULL, *words_left = NULL;

	snprintf(copy, sizeof(copy), "%s", lines);
	for (line = strtok_r(copy, "\n", &lines_left); line != NULL;
	    line = strtok_r(NULL, "\n", &lines_left)) {
		word = strtok_r(line, " ", &words_left);
		if (word != NULL && is_type(word)) {
			strcat(text, word);
			word = strtok_r(NULL, " ", &words_left);
		} else
			strcat(text, "auth");
		strcat(text, " required ");
		for (; word != NULL; word = strtok_r(NULL, " ", &words_left)) {
			append_word(host, word, text);
			strcat(text, " ");
		}
		strcat(text, "\n");
	}
	snprintf(copy, sizeof(copy), "pam.d/%s", host->service);
	write_file(host, copy, text);
}

static void
note(struct pamhost *host, const char *kind, const char *text)
{
	size_t len = strlen(host->shown);

	snprintf(host->shown + len, sizeof(host->shown) - len, "%s: %s\n",
	    kind, text);
}

static int
answer(struct pamhost *host, struct pam_response *response)
{
	const char *text;
	int code;

	if (host->asked >= PAMHOST_ANSWERS)
		return PAM_CONV_ERR;
	code = host->answer_codes[host->asked];
	text = host->answers[host->asked++];
	if (code == PAM_SUCCESS && text != NULL)
		response->resp = strdup(text);
	return code;
}

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **ret_responses, void *data)
{
	struct pam_response *responses;
	struct pamhost *host = data;
	int code = PAM_SUCCESS, fd;

	for (fd = 0; host->chatty && fd <= STDERR_FILENO; fd++)
		(void)!write(fd, "host\n", 5);
	if (count != 1 || (responses = calloc(1, sizeof(*responses))) == NULL)
		return PAM_BUF_ERR;
	switch (messages[0]->msg_style) {
	case PAM_PROMPT_ECHO_OFF:
		note(host, "off", messages[0]->msg);
		code = answer(host, responses);
		break;
	case PAM_PROMPT_ECHO_ON:
		note(host, "on", messages[0]->msg);
		code = answer(host, responses);
		break;
	default:
		note(host, "info", messages[0]->msg);
		break;
	}
	if (code == PAM_SUCCESS)
		*ret_responses = responses;
	else
		free(responses);
	return code;
}

static void
keep_environment(struct pamhost *host, pam_handle_t *pamh)
{
	char **list = pam_getenvlist(pamh), **e;
	size_t len = 0;

	for (e = list; e != NULL && *e != NULL; e++) {
		len = strlen(host->environment);
		snprintf(host->environment + len,
		    sizeof(host->environment) - len, "%s\n", *e);
		free(*e);
	}
	free(list);
}

static pam_handle_t *
start(struct pamhost *host, const char *user)
{
	static struct pam_conv conv;
	pam_handle_t *pamh = NULL;
	char path[PATH_MAX];

	conv.conv = host->no_conversation ? NULL : converse;
	conv.appdata_ptr = host;
	host->asked = 0;
	host->shown[0] = '\0';
	host->environment[0] = '\0';
	path_of(host, "pam.d", path);
	if (pam_start_confdir(host->service, user, &conv, path, &pamh) !=
	    PAM_SUCCESS)
		errx(1, "pam_start_confdir");
	(void)pam_set_item(pamh, PAM_RHOST, "10.0.0.5");
	(void)pam_set_item(pamh, PAM_TTY, "pts/7");
	if (host->preset != NULL && pam_putenv(pamh, host->preset) !=
	    PAM_SUCCESS)
		errx(1, "pam_putenv");
	return pamh;
}

/* As hosts do that have a process for each part of a sign-in. */
static int
check_in_child(pam_handle_t *pamh, int flags)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		status = pam_acct_mgmt(pamh, flags);
		/* Else what is its own were lost, as valgrind(1) sees it. */
		(void)pam_end(pamh, status | PAM_DATA_SILENT);
		_exit(status);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		errx(1, "a child for the account phase");
	return WEXITSTATUS(status);
}

static int
call(pam_handle_t *pamh, char phase, int flags)
{
	switch (phase) {
	case 'a':
		return pam_authenticate(pamh, flags);
	case 's':
		return pam_setcred(pamh, flags | PAM_ESTABLISH_CRED);
	case 'c':
		return pam_acct_mgmt(pamh, flags);
	case 'C':
		return check_in_child(pamh, flags);
	case 'o':
		return pam_open_session(pamh, flags);
	case 'x':
		return pam_close_session(pamh, flags);
	}
	errx(1, "no phase: %c", phase);
}

int
pamhost_run(struct pamhost *host, const char *user, const char *phases)
{
	pam_handle_t *pamh = start(host, user);
	int code = PAM_SUCCESS;
	size_t i;

	for (i = 0; phases[i] != '\0' && i < PAMHOST_PHASES; i++) {
		if (host->scripts[i] != NULL)
			write_file(host, "script", host->scripts[i]);
		if (i == 1 && host->rename != NULL)
			(void)pam_set_item(pamh, PAM_USER, host->rename);
		if (i == 1 && host->reset != NULL)
			(void)pam_putenv(pamh, host->reset);
		code = host->codes[i] = call(pamh, phases[i], host->flags);
	}
	keep_environment(host, pamh);
	(void)pam_end(pamh, code);
	return code;
}

int
pamhost_sign_in(struct pamhost *host, const char *user)
{
	pam_handle_t *pamh = start(host, user);
	int code;

	code = pam_authenticate(pamh, host->flags);
	if (code == PAM_SUCCESS)
		code = pam_setcred(pamh, PAM_ESTABLISH_CRED);
	keep_environment(host, pamh);
	(void)pam_end(pamh, code);
	return code;
}

const char *
pamhost_file(struct pamhost *host, const char *name)
{
	char path[PATH_MAX];
	size_t n;
	FILE *f;

	path_of(host, name, path);
	if ((f = fopen(path, "re")) == NULL)
		return "";
	n = fread(host->text, 1, sizeof(host->text) - 1, f);
	host->text[n] = '\0';
	fclose(f);
	return host->text;
}

/*
 * Waits for the fake endpoint to have written it: a moment for it to begin, and
 * then until no connection is being served.
 */
const char *
pamhost_seen(struct pamhost *host)
{
	char path[PATH_MAX];
	int fd;

	(void)pamhost_begun(host, BEGIN_MS);
	path_of(host, "seen", path);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		(void)flock(fd, LOCK_EX);
		close(fd);
	}
	return pamhost_file(host, "seen");
}

const char *
pamhost_log(struct pamhost *host)
{
	size_t len = 0;
	ssize_t n;

	host->text[0] = '\0';
	while ((n = recv(host->log, host->text + len,
	    sizeof(host->text) - len - 2, 0)) > 0) {
		len += (size_t)n;
		host->text[len++] = '\n';
		host->text[len] = '\0';
	}
	return host->text;
}

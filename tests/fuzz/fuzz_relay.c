/*
 * The module, and an endpoint that says anything. An input is parts with
 * "\n%%\n" between them:
 *   a letter for the phase (a, c, o: auth, account, open_session; anything
 *   else: close_session), "q" for PAM_SILENT, a line end, and PAM_AUTHTOK
 *   the words after pam_awsmfa.so, a line each
 *   what the person answers, a line each; "!" gives up
 *   and then what the endpoint sends: a letter of the table and the payload of
 *   a frame, "#" and its type, or "=" and octets as they are.
 * The host goes on only where a last frame says so.
 */
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pam/log.h"
#include "tests/fuzz/fakepam.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/parts.h"
#include "wire/client.h"
#include "wire/frame.h"

#define WORDS_MAX	16
#define OCTETS_MAX	(48 * 1024)
#define TICKET		"AWSMFA_TICKET=t"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

/* What the module is linked to in place of the host's. */
const char log_socket[] = "/nonexistent/log";
const struct client_paths client_paths_default = { "", "", "", "" };

enum mfa_code	__wrap_client_open(const struct client_paths *paths,
		    struct client *ret, struct mfa_error *err);
int		__wrap_agent_socket_open(const char *path);

static const struct {
	char letter;
	enum wire_type type;
} letters[] = {
	{ 'P', WIRE_PROMPT },
	{ 'p', WIRE_PROMPT_OPTIONAL },
	{ 'M', WIRE_MESSAGE },
	{ 'E', WIRE_ENVIRONMENT },
	{ 'O', WIRE_OUTCOME },
	{ 'W', WIRE_WAIT },
};

/* All that the endpoint says, and its end of the connections. */
static struct {
	uint8_t	octets[OCTETS_MAX];
	size_t	len;
	int	fds[2];
	size_t	count;
} endpoint;

enum mfa_code
__wrap_client_open(const struct client_paths *paths, struct client *ret,
    struct mfa_error *err)
{
	int fds[2];

	(void)paths;
	(void)err;
	must(endpoint.count < 2);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	must(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	must(endpoint.len == 0 || send(fds[1], endpoint.octets, endpoint.len,
	    MSG_NOSIGNAL) == (ssize_t)endpoint.len);
	must(shutdown(fds[1], SHUT_WR) == 0);
	endpoint.fds[endpoint.count++] = fds[1];
	*ret = (struct client){ .fd = fds[0], .child = 0 };
	return MFA_OK;
}

/* It would start a process. */
int
__wrap_agent_socket_open(const char *path)
{
	(void)path;
	return -1;
}

static void
add(const void *octets, size_t len)
{
	if (len > OCTETS_MAX - endpoint.len)
		return;
	if (len > 0)
		memcpy(endpoint.octets + endpoint.len, octets, len);
	endpoint.len += len;
}

static void
add_frame(uint8_t type, const uint8_t *payload, size_t len)
{
	const uint8_t header[WIRE_HEADER_SIZE] = { WIRE_VERSION, type, 0, 0,
		(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len };

	add(header, sizeof(header));
	add(payload, len);
}

static void
add_part(const struct part *part)
{
	size_t i;

	if (part->len == 0)
		return;
	if (part->at[0] == '=')
		add(part->at + 1, part->len - 1);
	else if (part->at[0] == '#' && part->len > 1)
		add_frame(part->at[1], part->at + 2, part->len - 2);
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (part->at[0] == letters[i].letter)
			add_frame((uint8_t)letters[i].type, part->at + 1,
			    part->len - 1);
	}
}

/*
 * The payload of the last frame, where all that is sent is frames and it is the
 * only outcome; "" else.
 */
static void
find_outcome(char ret[static WIRE_STRING_MAX + 1])
{
	size_t at = 0, len;

	ret[0] = '\0';
	while (endpoint.len - at >= WIRE_HEADER_SIZE) {
		const uint8_t *head = endpoint.octets + at;

		len = (size_t)head[4] << 24 | (size_t)head[5] << 16 |
		    (size_t)head[6] << 8 | head[7];
		at += WIRE_HEADER_SIZE;
		if (head[0] != WIRE_VERSION || len > endpoint.len - at ||
		    len > WIRE_STRING_MAX)
			return;
		if (head[1] == WIRE_OUTCOME && at + len == endpoint.len) {
			memcpy(ret, endpoint.octets + at, len);
			ret[len] = '\0';
		} else if (head[1] == WIRE_OUTCOME) {
			return;
		}
		at += len;
	}
}

/* Lines of PART, each a string; how many. MEMORY holds them. */
static int
split(struct part part, char *memory, const char **ret, int max)
{
	struct part line;
	int count = 0;

	while (count < max && part_take_until(&part, '\n', &line)) {
		if (line.len == 0)
			continue;
		memcpy(memory, line.at, line.len);
		memory[line.len] = '\0';
		ret[count++] = memory;
		memory += line.len + 1;
	}
	return count;
}

static int
run_phase(struct pam_handle *pamh, char phase, int flags, int argc,
    const char **argv)
{
	switch (phase) {
	case 'a':
		return pam_sm_authenticate(pamh, flags, argc, argv);
	case 'c':
		return pam_sm_acct_mgmt(pamh, flags, argc, argv);
	case 'o':
		return pam_sm_open_session(pamh, flags, argc, argv);
	default:
		return pam_sm_close_session(pamh, flags, argc, argv);
	}
}

static bool
word_is_there(int argc, const char **argv, const char *word)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], word, strlen(word)) == 0)
			return true;
	}
	return false;
}

static bool
is_kept(const struct pam_handle *pamh, const char *name)
{
	const void *data;

	return pam_get_data(pamh, name, &data) == PAM_SUCCESS;
}

/* Is a host that goes on told to? */
static void
check(const struct pam_handle *pamh, char phase, int code, int argc,
    const char **argv)
{
	char outcome[WIRE_STRING_MAX + 1];
	bool success, pending, ignored;
	size_t i;

	find_outcome(outcome);
	success = strcmp(outcome, "Success") == 0;
	pending = phase == 'a' && strcmp(outcome, "EnrollmentPending") == 0 &&
	    word_is_there(argc, argv, "unenrolled=enroll");
	ignored = phase != 'a' && strcmp(outcome, "Ignored") == 0;
	if (phase != 'l')
		must(code != PAM_SUCCESS || success || pending);
	/* Who is not root has the first phase alone. */
	if (phase != 'a' && geteuid() != 0)
		ignored = true;
	must(code != PAM_IGNORE || ignored);
	must((pending && code == PAM_SUCCESS) ==
	    is_kept(pamh, "awsmfa_pending"));
	must((success && phase == 'a') || !is_kept(pamh, "awsmfa_finished"));
	for (i = 1; i < pamh->environment_count; i++) {
		must(success || phase != 'a');
		must(strncmp(pamh->environment[i], "AWSMFA_", 7) == 0);
	}
	fuzz_accepted = code == PAM_SUCCESS && phase != 'l';
}

static void
fill_answers(struct pam_handle *pamh, struct part part, char *memory)
{
	size_t i;

	pamh->answer_count = (size_t)split(part, memory, pamh->answers,
	    ANSWERS_MAX);
	for (i = 0; i < pamh->answer_count; i++) {
		if (strcmp(pamh->answers[i], "!") == 0)
			pamh->answers[i] = NULL;
	}
}

static void
run(struct part in, char *memory)
{
	struct pam_handle pamh = { .user = "alice", .service = "sudo",
		.rhost = "192.0.2.7", .tty = "pts/1" };
	struct part how, words, answers, part;
	const char *argv[WORDS_MAX];
	char phase;
	int argc, code;
	bool quiet;

	if (!part_take(&in, &how) || !part_take(&in, &words) ||
	    !part_take(&in, &answers) || how.len == 0)
		return;
	while (part_take(&in, &part))
		add_part(&part);
	phase = memchr("aco", how.at[0], 3) != NULL ? (char)how.at[0] : 'l';
	quiet = how.len > 1 && how.at[1] == 'q';
	if (part_take_until(&how, '\n', &part) && how.at != NULL)
		pamh.authtok = strndup((const char *)how.at, how.len);
	must(pam_putenv(&pamh, TICKET) == PAM_SUCCESS);
	argc = split(words, memory, argv, WORDS_MAX);
	fill_answers(&pamh, answers, memory + words.len + 1);
	code = run_phase(&pamh, phase, quiet ? PAM_SILENT : 0, argc, argv);
	check(&pamh, phase, code, argc, argv);
	fakepam_clear(&pamh);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *memory;
	size_t i;

	fuzz_accepted = false;
	endpoint.len = endpoint.count = 0;
	/* Lines with a NUL after each are no longer than the input. */
	must((memory = malloc(len + 4)) != NULL);
	run((struct part){ data, len }, memory);
	for (i = 0; i < endpoint.count; i++)
		close(endpoint.fds[i]);
	free(memory);
	return 0;
}

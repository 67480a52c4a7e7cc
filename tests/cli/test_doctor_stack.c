/*
 * How doctor reads and judges PAM stacks, compared with Linux-PAM itself: the
 * same random files are read and run by libpam, whose pam_debug.so answers what
 * it is told to.
 */
#include <sys/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/pam_judge.h"

#define FILES		4	/* "random", "a", "b", "other" */
#define STACKS		2500

static char folder[64];
static uint64_t seed = 88172645463325252u;

static const char *const files[FILES] = { "random", "a", "b", "other" };
static const char *const answers[] = { "success", "auth_err", "ignore",
	"new_authtok_reqd", "user_unknown", "abort", "module_unknown",
	"perm_denied" };
#define ANSWERS	(sizeof(answers) / sizeof(answers[0]))
static const char *const actions[] = { "ok", "done", "bad", "die", "ignore",
	"reset", "1", "2", "3" };
#define ACTIONS	(sizeof(actions) / sizeof(actions[0]))
/* Of Linux-PAM, by number; those that the tests use. */
static const struct {
	const char	*name;
	unsigned	number;
} numbers[] = {
	{ "success", PAM_SUCCESS }, { "auth_err", PAM_AUTH_ERR },
	{ "ignore", PAM_IGNORE }, { "new_authtok_reqd", PAM_NEW_AUTHTOK_REQD },
	{ "user_unknown", PAM_USER_UNKNOWN }, { "abort", PAM_ABORT },
	{ "module_unknown", PAM_MODULE_UNKNOWN },
	{ "perm_denied", PAM_PERM_DENIED },
};

/* libpam 1.5.2 keeps the lines of a file that it refuses. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libpam.so";
}

static unsigned
draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % below;
}

static FILE *
open_file(const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	return file;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = open_file(name);

	fputs(text, file);
	fclose(file);
}

static int
set_up(void **unused)
{
	(void)unused;
	strcpy(folder, "/tmp/test_doctor_stack.XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
tear_down(void **unused)
{
	char command[128];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf -- %s", folder);
	return system(command);
}

/* A control, and at times one that is none. */
static void
write_control(FILE *file)
{
	static const char *const words[] = { "required", "requisite",
		"sufficient", "optional", "Required" };
	static const char *const odd[] = { "[success=ok default=oops]",
		"[]", "[default=0]", "nonsense", "[success=okay]",
		"[ success = 1  default = die ]", "[success]",
		"[success=ok default=bad success=1]", "[default=\\]]" };
	unsigned n;

	if (draw(12) == 0) {
		fputs(odd[draw(sizeof(odd) / sizeof(odd[0]))], file);
	} else if (draw(3) == 0) {
		fputs(words[draw(5)], file);
	} else {
		fputc('[', file);
		for (n = draw(4); n > 0; n--)
			fprintf(file, "%s=%s ", answers[draw(ANSWERS)],
			    actions[draw(ACTIONS)]);
		fprintf(file, "default=%s]", actions[draw(ACTIONS)]);
	}
}

static void
write_module(FILE *file)
{
	const char *answer = answers[draw(ANSWERS)];

	switch (draw(8)) {
	case 0:
		fputs("pam_permit.so", file);
		break;
	case 1:
		fputs("pam_deny.so", file);
		break;
	case 2:
		fputs("pam_that_is_not_there.so", file);
		break;
	default:
		fprintf(file, "pam_debug.so auth=%s acct=%s open_session=%s",
		    answer, answer, answer);
	}
}

static void
write_line(FILE *file)
{
	static const char *const types[] = { "auth", "account", "session",
		"AUTH", "-auth", "auth", "auth" };
	static const char *const odd[] = { "auth", "auth required",
		"atuh required pam_permit.so", "# auth required pam_deny.so",
		"", "   \\", "auth \\\n  required \\\n# no\n pam_permit.so",
		"auth required pam_permit.so # \\", "\tauth\trequired pam_deny.so" };
	const char *type = types[draw(7)];

	if (draw(20) == 0) {
		fprintf(file, "%s\n", odd[draw(sizeof(odd) / sizeof(odd[0]))]);
		return;
	}
	fprintf(file, "%s ", type);
	write_control(file);
	fputc(' ', file);
	write_module(file);
	fputc('\n', file);
}

/* "auth substack /tmp/.../a", or Debian's "@include /tmp/.../a". */
static void
write_include(FILE *file, unsigned after)
{
	static const char *const how[] = { "@include", "auth include",
		"auth substack", "auth substack", "account substack" };

	/* What is not there is not asked of @include: libpam reads garbage. */
	if (draw(25) == 0)
		fprintf(file, "auth %s %s/nothing\n",
		    draw(2) == 0 ? "include" : "substack", folder);
	else
		fprintf(file, "%s %s/%s\n", how[draw(5)], folder,
		    files[after + draw(3 - after)]);
}

static void
write_random(void)
{
	unsigned i, n;
	FILE *file;

	for (i = 0; i < FILES; i++) {
		file = open_file(files[i]);
		for (n = draw(i == 0 ? 7 : 5); n > 0; n--) {
			if (i < 2 && draw(5) == 0)
				write_include(file, i + 1);
			else
				write_line(file);
		}
		fclose(file);
	}
}

static int
say_nothing(int count, const struct pam_message **messages,
    struct pam_response **ret, void *data)
{
	(void)messages;
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	return *ret != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* Does libpam let in, in each phase? */
static void
ask_libpam(bool ret_in[PAM_PHASES])
{
	const struct pam_conv conv = { say_nothing, NULL };
	pam_handle_t *pamh = NULL;
	int account;

	memset(ret_in, 0, PAM_PHASES * sizeof(*ret_in));
	if (pam_start_confdir("random", "nobody", &conv, folder, &pamh) !=
	    PAM_SUCCESS)
		return;
	ret_in[PAM_PHASE_AUTH] =
	    pam_authenticate(pamh, PAM_SILENT) == PAM_SUCCESS;
	account = pam_acct_mgmt(pamh, PAM_SILENT);
	ret_in[PAM_PHASE_ACCOUNT] = account == PAM_SUCCESS ||
	    account == PAM_NEW_AUTHTOK_REQD;
	ret_in[PAM_PHASE_SESSION] =
	    pam_open_session(pamh, PAM_SILENT) == PAM_SUCCESS;
	pam_end(pamh, PAM_SUCCESS);
}

/* The one answer that ENTRY gives in PHASE. */
static uint32_t
answer_of(const struct pam_entry *entry, enum pam_phase phase)
{
	static const char *const names[] = { "auth", "acct", "open_session",
		"" };
	const char *name;
	size_t i;

	if (pam_entry_is(entry, "pam_permit.so"))
		return PAM_ANSWER_BIT(PAM_SUCCESS);
	if (pam_entry_is(entry, "pam_deny.so"))
		return PAM_ANSWER_BIT(phase == PAM_PHASE_SESSION
			? PAM_SESSION_ERR
			: PAM_AUTH_ERR);
	if (!pam_entry_is(entry, "pam_debug.so"))
		return PAM_ANSWER_BIT(PAM_MODULE_UNKNOWN);
	if ((name = pam_entry_argument(entry, names[phase])) == NULL)
		return PAM_ANSWER_BIT(PAM_SUCCESS);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return PAM_ANSWER_BIT(numbers[i].number);
	fail_msg("no number for %s", name);
	return 0;
}

static bool
judge(const struct pam_stack *stack, enum pam_phase phase,
    const uint32_t *masks, const bool *watched, struct pam_verdict *ret)
{
	const struct pam_question question = { masks, watched,
		phase == PAM_PHASE_ACCOUNT };

	assert_true(pam_judge(stack, &question, ret));
	assert_false(ret->unclear);
	return ret->lets_in;
}

/* The same by our own reading. */
static void
ask_ourselves(bool ret_in[PAM_PHASES])
{
	const struct pam_places places = { "", folder, NULL };
	bool watched[4096] = { false };
	struct pam_service service;
	struct pam_verdict verdict;
	uint32_t masks[4096];
	size_t phase, i;

	assert_true(pam_service_read(&places, "random", &service));
	for (phase = 0; phase < PAM_PHASES; phase++) {
		const struct pam_stack *stack = &service.phases[phase];

		for (i = 0; i < stack->count; i++)
			masks[i] = answer_of(&stack->entries[i],
			    (enum pam_phase)phase);
		ret_in[phase] = !service.refused &&
		    judge(stack, (enum pam_phase)phase, masks, watched,
			&verdict);
	}
	pam_service_clear(&service);
}

static void
compare(const char *what)
{
	bool libpam[PAM_PHASES], ours[PAM_PHASES];
	size_t phase;

	ask_libpam(libpam);
	ask_ourselves(ours);
	for (phase = 0; phase < PAM_PHASE_PASSWORD; phase++)
		if (libpam[phase] != ours[phase])
			fail_msg("%s, %s: libpam says %d, we %d; see %s", what,
			    pam_phase_name((enum pam_phase)phase),
			    libpam[phase], ours[phase], folder);
}

static void
random_stacks_are_judged_as_libpam_does(void **unused)
{
	bool in[PAM_PHASES];
	unsigned i, let_in = 0;
	char what[32];

	(void)unused;
	for (i = 0; i < STACKS; i++) {
		write_random();
		snprintf(what, sizeof(what), "stack %u", i);
		compare(what);
		ask_libpam(in);
		let_in += in[PAM_PHASE_AUTH];
	}
	/* Both answers are frequent, or the comparison were none. */
	assert_in_range(let_in, STACKS / 20, STACKS - STACKS / 20);
}

static void
odd_files_are_read_as_libpam_does(void **unused)
{
	static const char deny[] = "auth required pam_deny.so\n";
	char text[4096];
	unsigned i;

	(void)unused;
	write_file("other", "auth required pam_permit.so\n");
	compare("no file but other");
	write_file("random", "account required pam_permit.so\n");
	compare("auth of other");
	snprintf(text, sizeof(text), "auth required pam_permit.so %0*d\n%s",
	    1500, 0, "auth required pam_permit.so\n");
	write_file("random", text);
	compare("a line that is too long");
	for (i = 990; i < 1003; i++) {
		snprintf(text, sizeof(text),
		    "auth required pam_permit.so %*s%s", (int)i, "", deny);
		write_file("random", text);
		compare("a line at the limit");
	}
	write_file("random", "auth required pam_permit.so \\\n");
	compare("a line that goes on at the end");
	write_file("random", "auth required pam_permit.so");
	compare("no newline at the end");
	write_file("random", "auth required ?\nauth required pam_permit.so\n");
	compare("a module without a name");
	snprintf(text, sizeof(text), "auth sufficient pam_permit.so\n"
	    "auth substack %s/random\n", folder);
	write_file("random", text);
	compare("a substack of itself");
	snprintf(text, sizeof(text), "@include %s/nothing\n"
	    "auth required pam_permit.so\n", folder);
	write_file("random", text);
	compare("what is included is not there");
	assert_int_equal(unlink(strcat(strcpy(text, folder), "/other")), 0);
	write_file("random", "auth required pam_permit.so\n");
	compare("no other");
}

/* The answers number UNIVERSE of COUNT entries that may give any of four. */
static void
choose(unsigned universe, const struct pam_stack *stack, const bool *ours,
    uint32_t *masks)
{
	static const unsigned some[] = { PAM_SUCCESS, PAM_AUTH_ERR, PAM_IGNORE,
		PAM_NEW_AUTHTOK_REQD };
	size_t i;

	for (i = 0; i < stack->count; i++) {
		masks[i] = PAM_ANSWER_BIT(PAM_AUTH_ERR);
		if (ours[i])
			continue;
		masks[i] = PAM_ANSWER_BIT(some[universe % 4]);
		universe /= 4;
	}
}

/* One stack: is there a universe in which it lets in, as is said at once? */
static bool
one_of_all_universes_lets_in(const struct pam_stack *stack, const bool *ours)
{
	const uint32_t any = PAM_ANSWER_BIT(PAM_SUCCESS) |
	    PAM_ANSWER_BIT(PAM_AUTH_ERR) | PAM_ANSWER_BIT(PAM_IGNORE) |
	    PAM_ANSWER_BIT(PAM_NEW_AUTHTOK_REQD);
	struct pam_verdict verdict, one;
	unsigned universe, count = 1;
	uint32_t masks[64];
	bool found = false;
	size_t i;

	for (i = 0; i < stack->count; i++) {
		masks[i] = ours[i] ? PAM_ANSWER_BIT(PAM_AUTH_ERR) : any;
		count *= ours[i] ? 1 : 4;
	}
	judge(stack, PAM_PHASE_AUTH, masks, ours, &verdict);
	for (universe = 0; universe < count && !found; universe++) {
		choose(universe, stack, ours, masks);
		found = judge(stack, PAM_PHASE_AUTH, masks, ours, &one);
	}
	assert_int_equal(found, verdict.lets_in);
	assert_int_equal(verdict.lets_in, verdict.blame_count > 0);
	return found;
}

static void
what_all_answers_can_do_is_what_some_of_them_does(void **unused)
{
	const struct pam_places places = { "", folder, NULL };
	unsigned tried = 0, found = 0;
	struct pam_service service;
	struct pam_stack *stack;
	bool ours[64];
	size_t i;

	(void)unused;
	while (tried < STACKS / 5) {
		write_random();
		assert_true(pam_service_read(&places, "random", &service));
		stack = &service.phases[PAM_PHASE_AUTH];
		for (i = 0; i < stack->count && i < 64; i++)
			ours[i] = draw(3) == 0;
		if (!service.refused && stack->count > 0 && stack->count < 6) {
			tried++;
			found += one_of_all_universes_lets_in(stack, ours);
		}
		pam_service_clear(&service);
	}
	assert_in_range(found, tried / 20, tried - tried / 20);
}

/* What is blamed, where everything but pam_awsmfa.so may answer as it likes. */
static struct pam_blame
blame_of(const char *text)
{
	const struct pam_places places = { "", folder, NULL };
	struct pam_service service;
	struct pam_verdict verdict;
	uint32_t masks[64];
	bool ours[64];
	size_t i;

	write_file("random", text);
	assert_true(pam_service_read(&places, "random", &service));
	for (i = 0; i < service.phases[0].count; i++) {
		ours[i] = pam_entry_is(&service.phases[0].entries[i],
		    "pam_awsmfa.so");
		masks[i] = ours[i] ? PAM_ANSWERS_FAILING : PAM_ANSWERS_ALL;
	}
	judge(&service.phases[0], PAM_PHASE_AUTH, masks, ours, &verdict);
	pam_service_clear(&service);
	if (!verdict.lets_in)
		return (struct pam_blame){ PAM_EVASION_NONE, SIZE_MAX };
	assert_int_equal(verdict.blame_count, 1);
	return verdict.blames[0];
}

static void
who_is_to_blame_is_named(void **unused)
{
#define OURS	"auth required pam_awsmfa.so\n"
	static const struct {
		const char		*text;
		enum pam_evasion	evasion;
		size_t			entry;
	} cases[] = {
		{ "auth required a.so\n" OURS, PAM_EVASION_NONE, SIZE_MAX },
		{ "auth required a.so\n", PAM_EVASION_NONE, 0 },
		{ "auth required a.so\nauth sufficient b.so\n" OURS,
		    PAM_EVASION_DONE, 1 },
		{ "auth [success=1 default=bad] a.so\n" OURS
		  "auth required b.so\n", PAM_EVASION_JUMP, 0 },
		{ "auth required a.so\nauth optional pam_awsmfa.so\n",
		    PAM_EVASION_IGNORED, 1 },
		{ OURS "auth [default=reset] a.so\nauth required b.so\n",
		    PAM_EVASION_RESET, 1 },
	};
	struct pam_blame blame;
	size_t i;

	(void)unused;
	write_file("other", "");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		blame = blame_of(cases[i].text);
		assert_int_equal(blame.evasion, cases[i].evasion);
		if (cases[i].evasion != PAM_EVASION_NONE)
			assert_int_equal(blame.entry, cases[i].entry);
	}
}

static void
problems_are_said_with_their_line(void **unused)
{
	const struct pam_places places = { "", folder, NULL };
	struct pam_service service;

	(void)unused;
	write_file("random", "# one\nauth required pam_permit.so\n\n"
	    "atuh required pam_permit.so\nauth [success=no] pam_permit.so\n"
	    "auth include nothing\nauth\nauth required\n@include random\n");
	assert_true(pam_service_read(&places, "random", &service));
	assert_true(service.refused);
	assert_int_equal(service.problem_count, PAM_PROBLEMS);
	assert_int_equal(service.problems[0].line, 4);
	assert_string_equal(service.problems[0].text,
	    "\"atuh\" is no type of a line");
	assert_int_equal(service.problems[1].line, 5);
	assert_int_equal(service.problems[2].line, 6);
	pam_service_clear(&service);
}

static void
file_of_the_vendor_counts_where_there_is_no_other(void **unused)
{
	char vendor[128], path[160];
	const struct pam_places places = { "", folder, vendor };
	struct pam_service service;

	(void)unused;
	snprintf(vendor, sizeof(vendor), "%s/vendor", folder);
	assert_int_equal(mkdir(vendor, 0755), 0);
	write_file("vendor/random", "auth required pam_permit.so\n");
	assert_true(pam_service_read(&places, "random", &service));
	assert_int_equal(service.phases[0].count, 1);
	snprintf(path, sizeof(path), "%s/random", vendor);
	assert_string_equal(service.phases[0].entries[0].file, path);
	pam_service_clear(&service);
	write_file("random", "auth required pam_deny.so\n");
	assert_true(pam_service_read(&places, "random", &service));
	assert_true(pam_entry_is(&service.phases[0].entries[0],
	    "pam_deny.so"));
	pam_service_clear(&service);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(random_stacks_are_judged_as_libpam_does),
		TEST(odd_files_are_read_as_libpam_does),
		TEST(what_all_answers_can_do_is_what_some_of_them_does),
		TEST(who_is_to_blame_is_named),
		TEST(problems_are_said_with_their_line),
		TEST(file_of_the_vendor_counts_where_there_is_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

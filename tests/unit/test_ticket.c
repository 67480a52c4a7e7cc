#include <stdlib.h>
#include <string.h>

#include "mfatest.h"

#include "mfa/ticket.h"

static const struct ticket_process child = { 301, 70001 };
static const struct ticket_process monitor = { 300, 70000 };

static struct ticket
alices(const struct mfatest *m)
{
	struct ticket ticket = { .user = USER_ALICE,
		.service = "sshd", .caller = child, .parent = monitor,
		.issued = m->now };

	ticket.proof.kind = PROOF_HARDWARE;
	strcpy(ticket.proof.serial, "GAHT12345678");
	memset(ticket.proof.device, 0xcd, sizeof(ticket.proof.device));
	return ticket;
}

static void
seal(struct mfatest *m, const struct ticket *ticket, char ret[TICKET_SIZE])
{
	if (ticket_seal(&m->ctx, ticket, ret, &m->err) != MFA_OK)
		fail_msg("%s", m->err.detail);
}

/* TEXT is denied where CALLER brings it for SERVICE, and the detail says so. */
static void
expect_denied(struct mfatest *m, const char *text, const char *service,
    const struct ticket_process *caller, const char *why)
{
	struct ticket ticket = { .user.uid = 77 };

	assert_int_equal(ticket_open(&m->ctx, text, service, caller, &ticket,
	    &m->err), MFA_ACCESS_DENIED);
	mfatest_says(m, why);
	assert_int_equal(ticket.user.uid, 77);
}

static void
expect_opens(struct mfatest *m, const char *text,
    const struct ticket_process *caller)
{
	struct ticket ticket;

	if (ticket_open(&m->ctx, text, "sshd", caller, &ticket, &m->err) !=
	    MFA_OK)
		fail_msg("%s", m->err.detail);
}

static void
ticket_comes_back_as_it_was_sealed(void **state)
{
	struct mfatest *m = *state;
	struct ticket sealed = alices(m), got;
	char text[TICKET_SIZE];

	seal(m, &sealed, text);
	assert_int_equal(ticket_open(&m->ctx, text, "sshd", &child, &got,
	    &m->err), MFA_OK);
	assert_string_equal(got.user.name, "alice");
	assert_int_equal(got.user.uid, 1001);
	assert_string_equal(got.service, "sshd");
	assert_int_equal(got.caller.pid, child.pid);
	assert_int_equal(got.caller.start, child.start);
	assert_int_equal(got.parent.pid, monitor.pid);
	assert_int_equal(got.parent.start, monitor.start);
	assert_int_equal(got.proof.kind, PROOF_HARDWARE);
	assert_string_equal(got.proof.serial, "GAHT12345678");
	assert_memory_equal(got.proof.device, sealed.proof.device,
	    sizeof(got.proof.device));
	assert_int_equal(got.issued, m->now);
}

static void
same_ticket_is_never_sealed_alike(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char a[TICKET_SIZE], b[TICKET_SIZE];

	seal(m, &ticket, a);
	seal(m, &ticket, b);
	assert_string_not_equal(a, b);
}

static void
callers_parent_may_bring_it(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE];

	seal(m, &ticket, text);
	expect_opens(m, text, &monitor);
}

static void
other_process_may_not(void **state)
{
	const struct ticket_process others[] = {
		{ 302, 70001 },		/* another */
		{ 301, 70002 },		/* a later one of the same number */
		{ 300, 70001 },
		{ 0, 0 },
	};
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE];
	size_t i;

	seal(m, &ticket, text);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect_denied(m, text, "sshd", &others[i], "another process");
}

static void
no_parent_is_not_everyones(void **state)
{
	const struct ticket_process none = { 0, 0 };
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE];

	ticket.parent = none;
	seal(m, &ticket, text);
	expect_opens(m, text, &child);
	expect_denied(m, text, "sshd", &none, "another process");
	expect_denied(m, text, "sshd", &monitor, "another process");
}

static void
ticket_lasts_two_minutes(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE];

	seal(m, &ticket, text);
	m->now += TICKET_SECONDS;
	expect_opens(m, text, &child);
	m->now++;
	expect_denied(m, text, "sshd", &child, "too old");
	m->now -= TICKET_SECONDS + 2;	/* from the future */
	expect_denied(m, text, "sshd", &child, "too old");
}

static void
other_service_does_not_take_it(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE];

	seal(m, &ticket, text);
	expect_denied(m, text, "login", &child, "another service");
	expect_denied(m, text, "ssh", &child, "another service");
	expect_denied(m, text, "sshd2", &child, "another service");
}

static bool
other_boot(void *ctx, char ret[static BOOT_ID_SIZE])
{
	(void)ctx;
	strcpy(ret, "99999999-9999-4999-8999-999999999999");
	return true;
}

static bool
no_boot(void *ctx, char ret[static BOOT_ID_SIZE])
{
	(void)ctx;
	(void)ret;
	return false;
}

static void
ticket_of_another_boot_is_none(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m), got;
	char text[TICKET_SIZE];

	seal(m, &ticket, text);
	m->world.boot_id = other_boot;
	expect_denied(m, text, "sshd", &child, "another boot");
	m->world.boot_id = no_boot;
	assert_int_equal(ticket_open(&m->ctx, text, "sshd", &child, &got,
	    &m->err), MFA_SERVICE_FAILURE);
	assert_int_equal(ticket_seal(&m->ctx, &ticket, text, &m->err),
	    MFA_SERVICE_FAILURE);
}

static void
ticket_of_another_host_is_none(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE];

	seal(m, &ticket, text);
	m->t->store->key.bytes[31] ^= 1;
	expect_denied(m, text, "sshd", &child, "forged");
}

/* Whichever of its characters is another, missing or too much. */
static void
changed_ticket_is_none(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m);
	char text[TICKET_SIZE], changed[TICKET_SIZE + 1];
	size_t len, i;

	seal(m, &ticket, text);
	len = strlen(text);
	for (i = 0; i < len; i++) {
		strcpy(changed, text);
		changed[i] = text[i] == '1' ? '2' : '1';
		expect_denied(m, changed, "sshd", &child, "the ticket is");
		changed[i] = '\0';
		expect_denied(m, changed, "sshd", &child, "the ticket is");
		memmove(changed + i, text + i + 1, len - i);
		expect_denied(m, changed, "sshd", &child, "the ticket is");
	}
	(void)snprintf(changed, sizeof(changed), "%s;", text);
	expect_denied(m, changed, "sshd", &child, "the ticket is");
	(void)snprintf(changed, sizeof(changed), "%s0", text);
	expect_denied(m, changed, "sshd", &child, "the ticket is");
	expect_opens(m, text, &child);
}

/* Each field of a ticket of another takes the place of this one's. */
static void
ticket_mended_with_another_ones_fields_is_none(void **state)
{
	struct mfatest *m = *state;
	struct ticket mine = alices(m), other = { .user = USER_BOB,
		.service = "login", .caller = { 9, 8 }, .parent = { 7, 6 },
		.issued = m->now - 5 };
	char a[TICKET_SIZE], b[TICKET_SIZE], field[TICKET_SIZE];
	char made[2 * TICKET_SIZE];
	const char *rest_a, *rest_b;
	size_t before;
	int fields = 0;

	other.proof.kind = PROOF_VIRTUAL;
	strcpy(other.proof.serial, "GAHT00000000");
	seal(m, &mine, a);
	seal(m, &other, b);
	rest_a = a;
	rest_b = b;
	for (;;) {
		before = (size_t)(rest_a - a);
		if (!text_take(&rest_b, "", ';', field, sizeof(field)) ||
		    !text_take(&rest_a, "", ';', made, sizeof(made)))
			break;
		if (strcmp(made, field) == 0)
			continue;
		fields++;
		(void)snprintf(made, sizeof(made), "%.*s%s;%s", (int)before, a,
		    field, rest_a);
		expect_denied(m, made, "sshd", &child, "forged");
	}
	assert_int_equal(fields, 12);	/* all but the version */
}

static void
what_is_no_ticket_is_denied(void **state)
{
	static const char *const texts[] = { "", ";", "1", "1;", "2;616c;1;",
		"1;;;;;;;;;;;;;", "1;616c696365;1001;73736864;301;70001;300;",
		"GAHT12345678", "1;zz;1001;73736864;301;70001;300;70000;2;;;1;;" };
	struct mfatest *m = *state;
	char *text = calloc(1, 100001);
	size_t i;

	assert_non_null(text);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_denied(m, texts[i], "sshd", &child, "understood");
	memset(text, ';', 100000);
	expect_denied(m, text, "sshd", &child, "understood");
	free(text);
}

static void
longest_ticket_has_its_room(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = { .user.uid = UINT32_MAX - 1,
		.caller = { INT32_MAX, UINT64_MAX },
		.parent = { INT32_MAX, UINT64_MAX }, .issued = m->now };
	struct ticket got;
	char text[TICKET_SIZE];

	memset(ticket.user.name, 'u', USER_NAME_MAX);
	memset(ticket.service, 's', SERVICE_NAME_SIZE - 1);
	memset(ticket.proof.serial, 'n', SERIAL_NUMBER_MAX);
	ticket.proof.kind = PROOF_GRANT;
	seal(m, &ticket, text);
	assert_int_equal(ticket_open(&m->ctx, text, ticket.service,
	    &ticket.caller, &got, &m->err), MFA_OK);
	assert_string_equal(got.user.name, ticket.user.name);
	assert_string_equal(got.proof.serial, ticket.proof.serial);
	assert_int_equal(got.user.uid, ticket.user.uid);
}

static void
names_of_odd_characters_come_back(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = alices(m), got;
	char text[TICKET_SIZE];

	strcpy(ticket.user.name, "DOM\\jo;e =\xc3\xa9");
	strcpy(ticket.service, "a;b=c d");
	seal(m, &ticket, text);
	assert_int_equal(strspn(text, "0123456789abcdef;GAHT"), strlen(text));
	assert_int_equal(ticket_open(&m->ctx, text, "a;b=c d", &child, &got,
	    &m->err), MFA_OK);
	assert_string_equal(got.user.name, ticket.user.name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(ticket_comes_back_as_it_was_sealed),
		mfatest(same_ticket_is_never_sealed_alike),
		mfatest(callers_parent_may_bring_it),
		mfatest(other_process_may_not),
		mfatest(no_parent_is_not_everyones),
		mfatest(ticket_lasts_two_minutes),
		mfatest(other_service_does_not_take_it),
		mfatest(ticket_of_another_boot_is_none),
		mfatest(ticket_of_another_host_is_none),
		mfatest(changed_ticket_is_none),
		mfatest(ticket_mended_with_another_ones_fields_is_none),
		mfatest(what_is_no_ticket_is_denied),
		mfatest(longest_ticket_has_its_room),
		mfatest(names_of_odd_characters_come_back),
	};

	return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}

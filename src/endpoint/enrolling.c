#include <stdio.h>
#include <string.h>

#include "endpoint/enrolling.h"
#include "endpoint/log.h"
#include "endpoint/phase.h"
#include "endpoint/qr.h"
#include "endpoint/uri.h"
#include "mfa/enrol.h"
#include "mfa/recover.h"
#include "otp/base32.h"

#define NAME	  "signin" /* of the device; with a number where it is taken */
#define NAMES_MAX 9
#define GROUP	  4 /* characters of a seed that are shown together */

static const char introduction[] =
    "You have no MFA device yet. Add this account to the authenticator app of "
    "your phone, then type two codes that it shows, one after the other.";

/* The settings of auth's line and account's must agree. */
static enum mfa_code
check_mode(const struct conversation *conversation, struct mfa_error *err)
{
	switch (conversation->request.unenrolled) {
	case UNENROLLED_ENROLL:
	case UNENROLLED_ENROLL_OPEN:
		return MFA_OK;
	case UNENROLLED_DENY:
	case UNENROLLED_ALLOW:
		break;
	}
	return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
	    "auth has left enrolment to account, whose line of pam_awsmfa.so "
	    "has another unenrolled=");
}

/* Still without a device, and by the policy free to get one from here? */
static enum mfa_code
check_user(struct conversation *conversation, struct host_user *ret,
    struct mfa_error *err)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	char arn[ACCESS_ARN_SIZE];
	struct access access;
	enum mfa_code code;

	if ((code = phase_load(conversation, &signin, err)) != MFA_OK)
		return code;
	if (!signin_is_unenrolled(signin))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the user has got a device meanwhile");
	code = phase_access(conversation, signin_user(signin), 0, &access, err);
	if (code == MFA_OK)
		code = access_authenticate(&access, &PHASE_MFA(PROOF_VIRTUAL),
		    err);
	if (code != MFA_OK)
		return code;
	access_user_arn(&access, arn);
	code = access_check(&access, "iam:EnableMFADevice", arn, &PHASE_NO_MFA,
	    NULL, err);
	if (code == MFA_OK)
		*ret = *signin_user(signin);
	return code;
}

/* unenrolled=enroll: the code that an administrator has given out. */
static enum mfa_code
ask_invitation(struct conversation *conversation, const struct host_user *user,
    struct mfa_error *err)
{
	enum mfa_code code = MFA_INVALID_AUTHENTICATION_CODE;
	int i;

	if (conversation->request.unenrolled == UNENROLLED_ENROLL_OPEN)
		return MFA_OK;
	for (i = 0;
	     i < ENROLLING_TRIES && code == MFA_INVALID_AUTHENTICATION_CODE;
	     i++) {
		_cleanup_(wire_clear) struct wire_frame answer = { 0 };

		code = person_ask(&conversation->person,
		    "Enrollment code: ", false, &answer, err);
		if (code == MFA_OK)
			code = recover_check_invite(&conversation->ctx, user,
			    answer.payload, answer.len, err);
	}
	return code;
}

static enum mfa_code
make_device(const struct conversation *conversation,
    const struct host_user *user, struct device **ret, struct mfa_error *err)
{
	char home[ENROL_HOME_SIZE], name[sizeof(NAME) + 10] = NAME;
	enum mfa_code code;
	unsigned i;

	enrol_home(user, home);
	for (i = 2;; i++) {
		code = enrol_create_virtual(&conversation->ctx, user, home,
		    name, NULL, ret, err);
		if (code != MFA_ENTITY_ALREADY_EXISTS || i > NAMES_MAX)
			return code;
		(void)snprintf(name, sizeof(name), NAME "%u", i);
	}
}

/* "ABCD EFGH ..." */
static void
group(const struct secret_text *seed, struct secret_text *ret)
{
	size_t i, len = 0;

	for (i = 0; seed->text[i] != '\0' && len < sizeof(ret->text) - 2; i++) {
		if (i > 0 && i % GROUP == 0)
			ret->text[len++] = ' ';
		ret->text[len++] = seed->text[i];
	}
	ret->text[len] = '\0';
}

static enum mfa_code
show_seed(struct conversation *conversation, const struct host_user *user,
    const struct device *device, struct mfa_error *err)
{
	_cleanup_(secret_text_wipe) struct secret_text seed = { "" };
	_cleanup_(secret_text_wipe) struct secret_text grouped = { "" };
	_cleanup_(secret_text_wipe) struct secret_text uri = { "" };
	struct person person = person_of(&conversation->person);
	enum mfa_code code;

	code = uri_make(&conversation->settings, user, device, &uri, err);
	if (code != MFA_OK)
		return code;
	base32_encode(&device->seed, &seed);
	group(&seed, &grouped);
	code = conversation_show(conversation, introduction, err);
	/* Whoever can't see it, or has no library for it, can type. */
	if (code == MFA_OK &&
	    (code = qr_show(&person, &uri, err)) == MFA_SERVICE_FAILURE)
		code = MFA_OK;
	if (code == MFA_OK && strlen(uri.text) <= WIRE_STRING_MAX)
		code = conversation_show(conversation, uri.text, err);
	if (code == MFA_OK)
		code = conversation_show(conversation, "Secret key:", err);
	if (code == MFA_OK)
		code = conversation_show(conversation, grouped.text, err);
	return code;
}

/* What is not a code's shape is a wrong code. */
static enum mfa_code
ask_code(struct conversation *conversation, const char *prompt,
    struct secret *ret, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	enum mfa_code code;

	code = person_ask(&conversation->person, prompt, false, &answer, err);
	if (code != MFA_OK)
		return code;
	if (!text_parse_code(answer.payload, answer.len, ret))
		ret->len = 0;
	return MFA_OK;
}

static enum mfa_code
try_codes(struct conversation *conversation, const struct host_user *user,
    const struct device *device, struct mfa_error *err)
{
	_cleanup_(secret_wipe) struct secret code1 = { 0 };
	_cleanup_(secret_wipe) struct secret code2 = { 0 };
	static const size_t none = 0;
	struct mfa_context first;
	struct host_user again;
	enum mfa_code code;

	code = ask_code(conversation, "MFA code 1: ", &code1, err);
	if (code == MFA_OK)
		code = ask_code(conversation, "MFA code 2: ", &code2, err);
	if (code != MFA_OK)
		return code;
	if (code1.len == 0 || code2.len == 0)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "not two codes");
	/* A second device is not for one factor alone to enable. */
	if ((code = check_user(conversation, &again, err)) != MFA_OK)
		return code;
	first = conversation->ctx;
	first.held = &none;
	return enrol_enable(&first, user, device->serial, &code1, &code2, err);
}

static enum mfa_code
ask_codes(struct conversation *conversation, const struct host_user *user,
    const struct device *device, struct mfa_error *err)
{
	enum mfa_code code = MFA_INVALID_AUTHENTICATION_CODE;
	int i;

	for (i = 0;
	     i < ENROLLING_TRIES && code == MFA_INVALID_AUTHENTICATION_CODE;
	     i++) {
		if (i > 0 &&
		    (code = conversation_show(conversation,
			 "These are not two codes of it in a row. Wait for the "
			 "next code, then type that and the one after it.",
			 err)) != MFA_OK)
			return code;
		code = try_codes(conversation, user, device, err);
	}
	return code;
}

/* Else the seed that was shown would wait for someone to enable it. */
static void
drop(const struct conversation *conversation, const struct device *device)
{
	struct mfa_error err;

	if (enrol_delete(&conversation->ctx, device->serial, DEVICE_VIRTUAL,
		&err) != MFA_OK)
		log_problem("%s: %s", device->serial, mfa_error_text(&err));
}

/* The device has its ledger entry's id since it was enabled. */
static enum mfa_code
find_proof(struct conversation *conversation, const char *serial,
    struct mfa_error *err)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	const struct device *device;
	enum mfa_code code;

	if ((code = phase_load(conversation, &signin, err)) != MFA_OK)
		return code;
	device = device_list_find(signin_devices(signin), serial);
	if (device == NULL)
		return mfa_error_set(err, MFA_CONCURRENT_MODIFICATION, 0,
		    "%s was enabled, and taken away at once", serial);
	conversation->proof = proof_of_device(device);
	return MFA_OK;
}

/* conversation->proof is the device's, which has just given two codes. */
static enum mfa_code
enrol(struct conversation *conversation, struct host_user *ret_user,
    struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	if ((code = check_mode(conversation, err)) != MFA_OK ||
	    (code = check_user(conversation, ret_user, err)) != MFA_OK ||
	    (code = ask_invitation(conversation, ret_user, err)) != MFA_OK ||
	    (code = make_device(conversation, ret_user, &device, err)) !=
		MFA_OK)
		return code;
	code = show_seed(conversation, ret_user, device, err);
	if (code == MFA_OK)
		code = ask_codes(conversation, ret_user, device, err);
	if (code != MFA_OK) {
		drop(conversation, device);
		return code;
	}
	return find_proof(conversation, device->serial, err);
}

void
enrolling_serve(struct conversation *conversation)
{
	struct mfa_error err = { 0 };
	struct host_user user;

	if (enrol(conversation, &user, &err) != MFA_OK)
		conversation_deny(conversation, &err);
	else
		conversation_let_in(conversation, &user,
		    "a device was enabled at the sign-in");
}

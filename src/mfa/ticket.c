#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mfa/ticket.h"
#include "store/devfile.h"
#include "store/seal.h"

/*
 * A ticket's text: VERSION;USER;UID;SERVICE;PID;START;PARENT;START;KIND;SERIAL;
 * DEVICE;ISSUED;NONCE;MAC. User, service, device and nonce are hexadecimal, and
 * the MAC is over all before it.
 */
#define KIND	      "ticket" /* of the MAC */
#define VERSION	      "1"
#define NONCE_SIZE    16
#define NUMBER_SIZE   21 /* of 64 bits */
#define USER_HEX_SIZE (2 * USER_NAME_MAX + 1)
#define NAME_HEX_SIZE (2 * (SERVICE_NAME_SIZE - 1) + 1)
#define ID_HEX_SIZE   (2 * DEVICE_ID_SIZE + 1)
#define NONCE_HEX_SIZE (2 * NONCE_SIZE + 1)

/* The text is a variable of the PAM environment, which goes in one frame. */
_Static_assert(USER_HEX_SIZE + NAME_HEX_SIZE + SERIAL_NUMBER_MAX + ID_HEX_SIZE +
    NONCE_HEX_SIZE + HASH_NAME_SIZE + 9 * NUMBER_SIZE <= TICKET_SIZE,
    "the longest ticket has its room");

static enum mfa_code
deny(struct mfa_error *err, const char *why)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "the ticket is %s",
	    why);
}

/*
 * The MAC of LEN octets at TEXT. The boot is in it and not in the ticket:
 * process ids and start times come again.
 */
static enum mfa_code
make_mac(const struct mfa_context *ctx, const char *text, size_t len,
    char ret[static HASH_NAME_SIZE], struct mfa_error *err)
{
	char data[BOOT_ID_SIZE + TICKET_SIZE];

	if (len > TICKET_SIZE || !ctx->world->boot_id(ctx->world->ctx, data))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "this boot has no number");
	memcpy(data + BOOT_ID_SIZE - 1, text, len);
	return seal_keyed_hash(&ctx->store->key, KIND, data,
	    BOOT_ID_SIZE - 1 + len, ret, err);
}

static enum mfa_code
make_nonce(const struct mfa_context *ctx, char ret[static NONCE_HEX_SIZE],
    struct mfa_error *err)
{
	uint8_t nonce[NONCE_SIZE];

	if (!ctx->world->random(ctx->world->ctx, nonce, sizeof(nonce)))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no randomness for a ticket");
	text_hex(ret, nonce, sizeof(nonce));
	return MFA_OK;
}

enum mfa_code
ticket_seal(const struct mfa_context *ctx, const struct ticket *t,
    char ret_text[static TICKET_SIZE], struct mfa_error *err)
{
	char user[USER_HEX_SIZE], service[NAME_HEX_SIZE], device[ID_HEX_SIZE];
	char nonce[NONCE_HEX_SIZE], mac[HASH_NAME_SIZE], text[TICKET_SIZE];
	enum mfa_code code;
	int len;

	if (!devfile_is_user(t->user.name) || t->service[0] == '\0' ||
	    t->issued < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "there is no ticket for such a user, service or time");
	text_hex(user, t->user.name, strlen(t->user.name));
	text_hex(service, t->service, strlen(t->service));
	text_hex(device, t->proof.device, sizeof(t->proof.device));
	if ((code = make_nonce(ctx, nonce, err)) != MFA_OK)
		return code;
	len = snprintf(text, sizeof(text),
	    VERSION ";%s;%u;%s;%d;%" PRIu64 ";%d;%" PRIu64 ";%d;%s;%s;%" PRId64
		    ";%s;",
	    user, (unsigned)t->user.uid, service, (int)t->caller.pid,
	    t->caller.start, (int)t->parent.pid, t->parent.start,
	    (int)t->proof.kind, t->proof.serial, device, t->issued, nonce);
	if ((code = make_mac(ctx, text, (size_t)len, mac, err)) != MFA_OK)
		return code;
	memcpy(ret_text, text, (size_t)len);
	strcpy(ret_text + len, mac);
	return MFA_OK;
}

static bool
take_number(const char **text, uint64_t max, uint64_t *ret)
{
	char number[NUMBER_SIZE];
	uint64_t n;

	if (!text_take(text, "", ';', number, sizeof(number)) ||
	    !text_parse_u64(number, &n) || n > max)
		return false;
	*ret = n;
	return true;
}

/* A name in hexadecimal digits; SIZE is RET's. */
static bool
take_name(const char **text, char *ret, size_t size)
{
	char hex[USER_HEX_SIZE];
	size_t len;

	if (!text_take(text, "", ';', hex, sizeof(hex)))
		return false;
	len = strlen(hex) / 2;
	if (len == 0 || len >= size || !text_unhex(ret, len, hex))
		return false;
	ret[len] = '\0';
	return strlen(ret) == len;
}

static bool
take_process(const char **text, struct ticket_process *ret)
{
	uint64_t pid;

	if (!take_number(text, INT32_MAX, &pid) ||
	    !take_number(text, UINT64_MAX, &ret->start))
		return false;
	ret->pid = (pid_t)pid;
	return true;
}

static bool
take_proof(const char **text, struct proof *ret)
{
	char device[ID_HEX_SIZE];
	uint64_t kind;

	if (!take_number(text, PROOF_GRANT, &kind) ||
	    !text_take(text, "", ';', ret->serial, sizeof(ret->serial)) ||
	    !text_take(text, "", ';', device, sizeof(device)) ||
	    !text_unhex(ret->device, sizeof(ret->device), device))
		return false;
	ret->kind = (enum proof_kind)kind;
	return true;
}

/* The ticket at *TEXT, which is moved to its MAC. */
static bool
parse(const char **text, struct ticket *ret)
{
	char nonce[NONCE_HEX_SIZE];
	uint64_t uid, issued;

	if (!take_name(text, ret->user.name, sizeof(ret->user.name)) ||
	    !take_number(text, (uid_t)-1, &uid) ||
	    !take_name(text, ret->service, sizeof(ret->service)) ||
	    !take_process(text, &ret->caller) ||
	    !take_process(text, &ret->parent) ||
	    !take_proof(text, &ret->proof) ||
	    !take_number(text, INT64_MAX, &issued) ||
	    !text_take(text, "", ';', nonce, sizeof(nonce)))
		return false;
	ret->user.uid = (uid_t)uid;
	ret->issued = (int64_t)issued;
	return true;
}

/* Was TEXT, whose MAC is at MAC, sealed under this key in this boot? */
static enum mfa_code
check_mac(const struct mfa_context *ctx, const char *text, const char *mac,
    struct mfa_error *err)
{
	char wanted[HASH_NAME_SIZE];
	enum mfa_code code;

	code = make_mac(ctx, text, (size_t)(mac - text), wanted, err);
	if (code != MFA_OK)
		return code;
	if (!seal_is_equal(mac, wanted))
		return deny(err, "forged, or of another boot");
	return MFA_OK;
}

static bool
is_same(const struct ticket_process *a, const struct ticket_process *b)
{
	return a->pid != 0 && a->pid == b->pid && a->start == b->start;
}

/* Does TICKET, which is genuine, count here and now? */
static enum mfa_code
check_use(const struct mfa_context *ctx, const struct ticket *ticket,
    const char *service, const struct ticket_process *caller,
    struct mfa_error *err)
{
	int64_t age = ctx->world->boottime(ctx->world->ctx) - ticket->issued;

	if (age < 0 || age > TICKET_SECONDS)
		return deny(err, "too old");
	if (strcmp(ticket->service, service) != 0)
		return deny(err, "of another service");
	if (!is_same(&ticket->caller, caller) &&
	    !is_same(&ticket->parent, caller))
		return deny(err, "of another process");
	return MFA_OK;
}

enum mfa_code
ticket_open(const struct mfa_context *ctx, const char *text,
    const char *service, const struct ticket_process *caller,
    struct ticket *ret, struct mfa_error *err)
{
	struct ticket ticket = { 0 };
	const char *rest = text;
	char version[sizeof(VERSION)];
	enum mfa_code code;

	if (strlen(text) >= TICKET_SIZE ||
	    !text_take(&rest, "", ';', version, sizeof(version)) ||
	    strcmp(version, VERSION) != 0 || !parse(&rest, &ticket))
		return deny(err, "none that is understood");
	if ((code = check_mac(ctx, text, rest, err)) != MFA_OK)
		return code;
	code = check_use(ctx, &ticket, service, caller, err);
	if (code != MFA_OK)
		return code;
	*ret = ticket;
	return MFA_OK;
}

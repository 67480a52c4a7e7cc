/*
 * Makes the corpora: "make_seeds FOLDER", of tests/fuzz. The keys are made
 * anew each time and forgotten, so fido_ours.h changes together with them.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fido_seeds.h"
#include "support/fidomake.h"
#include "wire/frame.h"
#include "wire/keymsg.h"

#define YEARS	(50 * 365L)	/* for which certificates are valid, in days */

#define must(what) do {							\
	if (!(what))							\
		errx(1, "failed: %s", #what);				\
} while (0)

static const char *folder;

static FILE *
create(const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((file = fopen(path, "we")) == NULL)
		err(1, "%s", path);
	return file;
}

static void
save(const char *name, const struct fidomake_blob *seed)
{
	FILE *file = create(name);

	must(fwrite(seed->bytes, 1, seed->len, file) == seed->len);
	must(fclose(file) == 0);
}

static struct fidomake_blob
begin(uint8_t first)
{
	struct fidomake_blob seed = { 0 };

	fidomake_put(&seed, &first, 1);
	return seed;
}

/* Messages */

static int fds[2];
static struct mfa_error error;

/* The frame that was sent last, for RECEIVER, as payload and as it is. */
static void
save_frame(const char *name, uint8_t receiver)
{
	struct fidomake_blob seed = begin(receiver), raw = begin(receiver + 3);
	uint8_t octets[4096];
	char path[128];
	ssize_t n;

	n = recv(fds[1], octets, sizeof(octets), MSG_DONTWAIT);
	must(n >= WIRE_HEADER_SIZE && n < (ssize_t)sizeof(octets));
	fidomake_put(&seed, octets + 1, 1);
	fidomake_put(&seed, octets + WIRE_HEADER_SIZE,
	    (size_t)n - WIRE_HEADER_SIZE);
	fidomake_put(&raw, octets, (size_t)n);
	snprintf(path, sizeof(path), "corpus/keymsg/valid_%s", name);
	save(path, &seed);
	snprintf(path, sizeof(path), "corpus/keymsg/valid_%s_raw", name);
	save(path, &raw);
	if (receiver == 2)
		return; /* A PIN is one of any length. */
	seed.len--;
	snprintf(path, sizeof(path), "corpus/keymsg/cut_%s", name);
	save(path, &seed);
}

static void
save_request(const char *name, const struct keymsg_request *request)
{
	must(keymsg_send_request(fds[0], request, wire_now() + 1000,
	    &error) == MFA_OK);
	save_frame(name, 1);
}

static void
save_progress(const char *name, const struct keymsg_progress *progress)
{
	must(keymsg_send_progress(fds[0], progress, wire_now() + 1000,
	    &error) == MFA_OK);
	save_frame(name, 0);
}

static void
save_answer(const char *name, const struct keymsg_answer *answer)
{
	must(keymsg_send_answer(fds[0], answer, wire_now() + 1000,
	    &error) == MFA_OK);
	save_frame(name, 0);
}

static void
make_requests(void)
{
	struct keymsg_request request = { .what = KEY_INFO, .timeout = 60000,
		.node_count = 2, .nodes = { "/dev/hidraw0", "/dev/hidraw1" } };

	save_request("request_info", &request);
	request.what = KEY_MAKE;
	strcpy(request.node, "/dev/hidraw2");
	strcpy(request.rp_id, SEED_RP);
	strcpy(request.user_name, "alice");
	request.uv = KEY_UV_REQUIRED;
	request.eddsa = true;
	save_request("request_make", &request);
	request.what = KEY_ASSERT;
	request.eddsa = false;
	request.user_name[0] = '\0';
	request.credential_count = 2;
	request.credentials[0].len = 64;
	request.credentials[1].len = 48;
	save_request("request_assert", &request);
}

static void
make_statuses(void)
{
	struct keymsg_progress progress = { .status = KEY_STATUS_WAITING,
		.retries = -1 };

	save_progress("status_waiting", &progress);
	progress = (struct keymsg_progress){ .status = KEY_STATUS_OPENED,
		.text = "Softkey", .node = "/dev/hidraw0", .retries = -1 };
	save_progress("status_opened", &progress);
	progress = (struct keymsg_progress){ .status = KEY_STATUS_PIN,
		.retries = 7, .wrong = true };
	save_progress("status_pin", &progress);
}

static void
make_answers(void)
{
	static struct keymsg_answer answer = { .error = KEY_OK,
		.text = "well", .node = "/dev/hidraw0", .fido2 = true,
		.has_pin = true, .certification_count = 2,
		.certifications = { { "FIDO", 2 }, { "FIPS-CMVP-2", 1 } } };
	static const struct keymsg_answer bad = { .error = KEY_GONE,
		.text = "unplugged" };

	save_answer("answer_info", &answer);
	strcpy(answer.format, "packed");
	answer.authdata_len = 164;
	answer.signature_len = 71;
	answer.certificate_len = 400;
	answer.credential.len = 64;
	save_answer("answer_made", &answer);
	save_answer("answer_error", &bad);
}

/* An answer that is right but for COUNT fields TAG of LEN octets. */
static void
save_fields(const char *name, uint8_t tag, size_t len, size_t count)
{
	static const uint8_t octets[KEYMSG_SIGNATURE_MAX + 1] = "12345678name";
	uint8_t head[3] = { tag, (uint8_t)(len >> 8), (uint8_t)len };
	struct fidomake_blob seed = begin(0);
	char path[128];

	fidomake_put(&seed, "\x63\x01\0\x01\0", 5); /* KEY_OK */
	for (; count > 0; count--) {
		fidomake_put(&seed, head, sizeof(head));
		fidomake_put(&seed, octets, len);
	}
	snprintf(path, sizeof(path), "corpus/keymsg/%s", name);
	save(path, &seed);
}

static void
make_bounds(void)
{
	save_fields("valid_longest_signature", 9, KEYMSG_SIGNATURE_MAX, 1);
	save_fields("longer_signature", 9, KEYMSG_SIGNATURE_MAX + 1, 1);
	save_fields("valid_most_certifications", 6, 12,
	    KEYMSG_CERTIFICATIONS_MAX);
	save_fields("more_certifications", 6, 12,
	    KEYMSG_CERTIFICATIONS_MAX + 1);
	save_fields("two_signatures", 9, 8, 2);
}

static void
make_messages(void)
{
	struct secret pin = { .len = 4, .bytes = "1234" };

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	make_requests();
	make_statuses();
	make_answers();
	make_bounds();
	must(keymsg_send_pin(fds[0], &pin, wire_now() + 1000, &error) ==
	    MFA_OK);
	save_frame("pin", 2);
}

/* What keys say */

static struct fidomake_key keys[2];	/* ES256, EdDSA */
static struct fidomake_signer root, signer;

static void
put_field(struct fidomake_blob *seed, const void *octets, size_t len)
{
	uint8_t head[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	fidomake_put(seed, head, sizeof(head));
	fidomake_put(seed, octets, len);
}

static void
put_made(struct fidomake_blob *seed, const struct fidomade *made)
{
	put_field(seed, made->format, strlen(made->format));
	put_field(seed, made->authdata.bytes, made->authdata.len);
	put_field(seed, made->signature.bytes, made->signature.len);
	put_field(seed, made->certificate.bytes, made->certificate.len);
	put_field(seed, made->id.bytes, made->id.len);
}

static void
save_made(const char *name, uint8_t flags, const struct fidomade *made)
{
	struct fidomake_blob seed = begin(SEED_MADE | flags);
	char path[128];

	put_made(&seed, made);
	snprintf(path, sizeof(path), "corpus/fido/%s", name);
	save(path, &seed);
}

static void
save_asserted(const char *name, uint8_t flags,
    const struct fidoasserted *asserted)
{
	struct fidomake_blob seed = begin(flags);
	char path[128];

	put_field(&seed, asserted->authdata.bytes, asserted->authdata.len);
	put_field(&seed, asserted->signature.bytes, asserted->signature.len);
	snprintf(path, sizeof(path), "corpus/fido/%s", name);
	save(path, &seed);
}

static void
make_made(void)
{
	struct fidomade made;

	fidomake_packed(&keys[0], NULL, FIDOMAKE_UP, SEED_TAP_COUNT,
	    seed_hash, &made);
	save_made("valid_made_es256_self", 0, &made);
	save_made("rootless_made", SEED_ROOTS, &made);
	fidomake_packed(&keys[1], NULL, FIDOMAKE_UP | FIDOMAKE_UV,
	    SEED_PIN_COUNT, seed_hash, &made);
	save_made("valid_made_eddsa_self", SEED_EDDSA | SEED_UV, &made);
	fidomake_packed(&keys[0], &signer, FIDOMAKE_UP, SEED_TAP_COUNT,
	    seed_hash, &made);
	save_made("valid_made_es256", SEED_ROOTS | SEED_AAGUIDS, &made);
	save_made("valid_made_es256_any", 0, &made);
	save_made("unverified_made", SEED_UV, &made);
	fidomake_packed(&keys[1], &signer, FIDOMAKE_UP | FIDOMAKE_UV,
	    SEED_PIN_COUNT, seed_hash, &made);
	save_made("valid_made_eddsa", SEED_EDDSA | SEED_UV | SEED_ROOTS,
	    &made);
	fidomake_u2f(&keys[0], &signer, seed_hash, &made);
	save_made("valid_made_u2f", SEED_ROOTS, &made);
	save_made("valid_made_u2f_rootless", SEED_AAGUIDS, &made);
	save_made("aaguidless_made_u2f", SEED_ROOTS | SEED_AAGUIDS, &made);
}

static void
make_asserted(struct fidoasserted *tap, struct fidoasserted *pin)
{
	fidomake_asserted(&keys[1], FIDOMAKE_UP, SEED_TAP_COUNT, seed_hash,
	    tap);
	save_asserted("valid_asserted_eddsa", SEED_EDDSA, tap);
	fidomake_asserted(&keys[1], FIDOMAKE_UP | FIDOMAKE_UV, SEED_PIN_COUNT,
	    seed_hash, pin);
	save_asserted("valid_asserted_eddsa_pin", SEED_EDDSA | SEED_UV, pin);
	fidomake_asserted(&keys[0], FIDOMAKE_UP | FIDOMAKE_UV, SEED_PIN_COUNT,
	    seed_hash, pin);
	save_asserted("valid_asserted_es256_pin", SEED_UV, pin);
	fidomake_asserted(&keys[0], FIDOMAKE_UP, SEED_TAP_COUNT, seed_hash,
	    tap);
	save_asserted("valid_asserted_es256", 0, tap);
	save_asserted("unverified_asserted", SEED_UV, tap);
	save_asserted("other_key_asserted", SEED_EDDSA, tap);
}

/* The public halves */

static void
print_octets(FILE *file, const char *name, const uint8_t *octets, size_t len)
{
	size_t i;

	fprintf(file, "static const uint8_t %s[%zu] = {", name, len);
	for (i = 0; i < len; i++)
		fprintf(file, "%s0x%02x,", i % 12 == 0 ? "\n\t" : " ",
		    octets[i]);
	fprintf(file, "\n};\n");
}

static void
print_key(FILE *file, const struct fidomake_key *key, const char *id,
    const char *octets)
{
	struct fido_credential kept;

	fidomake_credential(key, &kept);
	print_octets(file, id, kept.id, kept.id_len);
	print_octets(file, octets, kept.key, kept.key_len);
}

static void
print_ours(const struct fidoasserted *tap, const struct fidoasserted *pin)
{
	FILE *file = create("fido_ours.h");
	struct fidomake_blob pem = { 0 };
	struct fidomade made;

	fidomake_u2f(&keys[0], &signer, seed_hash, &made);
	fidomake_pem(&root, &pem);
	fprintf(file, "/* Made by make_seeds, together with corpus/fido. */\n"
	    "#ifndef TESTS_FUZZ_FIDO_OURS_H\n"
	    "#define TESTS_FUZZ_FIDO_OURS_H\n\n#include <stdint.h>\n\n");
	print_key(file, &keys[0], "ours_es256_id", "ours_es256_key");
	print_key(file, &keys[1], "ours_eddsa_id", "ours_eddsa_key");
	print_octets(file, "ours_aaguid", keys[0].aaguid, FIDO_AAGUID_SIZE);
	print_octets(file, "ours_tap", tap->authdata.bytes, tap->authdata.len);
	print_octets(file, "ours_pin", pin->authdata.bytes, pin->authdata.len);
	print_octets(file, "ours_certificate", made.certificate.bytes,
	    made.certificate.len);
	print_octets(file, "ours_root", pem.bytes, pem.len);
	fprintf(file, "\n#endif\n");
	must(fclose(file) == 0);
}

static void
make_fido(void)
{
	struct fidomake_terms terms = { .authority = true, .from = -YEARS / 5,
		.to = YEARS };
	struct fidoasserted tap, pin;

	fidomake_key_new(&keys[0], FIDO_ES256, SEED_RP);
	fidomake_key_new(&keys[1], FIDO_EDDSA, SEED_RP);
	fidomake_signer_new(&root, "root", &terms);
	terms.authority = false;
	terms.issuer = &root;
	terms.aaguid = keys[0].aaguid;
	fidomake_signer_new(&signer, "key", &terms);
	make_made();
	make_asserted(&tap, &pin);
	print_ours(&tap, &pin);
	fidomake_signer_clear(&signer);
	fidomake_signer_clear(&root);
	fidomake_key_clear(&keys[0]);
	fidomake_key_clear(&keys[1]);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(1, "usage: make_seeds FOLDER");
	folder = argv[1];
	make_messages();
	make_fido();
	return 0;
}

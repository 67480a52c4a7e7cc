#include <time.h>

#include "endpoint/warm.h"
#include "otp/totp.h"
#include "store/seal.h"

/*
 * libcrypto fetches each algorithm at its first use, and libc its NSS modules
 * and, for a log line, the time zone.
 */
void
warm(const struct world *world)
{
	static const enum otp_algorithm algorithms[] = { OTP_SHA1, OTP_SHA256,
		OTP_SHA512 };
	struct otp_params params = { .digits = 6, .period = 30 };
	struct secret key = { .len = HOST_KEY_SIZE }, plain = { .len = 20 };
	char sealed[SEALED_SIZE], name[HASH_NAME_SIZE];
	struct host_user user;
	struct mfa_error ignored;
	struct secret digits;
	const time_t epoch = 0;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		params.algorithm = algorithms[i];
		(void)!hotp_code(&params, &plain, 0, &digits, &ignored);
	}
	if (seal_close(&key, world, "", &plain, sealed, &ignored) == MFA_OK)
		(void)!seal_open(&key, "", sealed, &plain, &ignored);
	(void)!seal_hash("", "", 0, name, &ignored);
	(void)world->find_user(world->ctx, MFA_ACCOUNT, &user, &ignored);
	tzset();
	(void)localtime_r(&epoch, &tm);
}

/* QR codes (ISO/IEC 18004, by libqrencode) for a terminal and for files. */
#ifndef CLI_QR_H
#define CLI_QR_H

#include <stdio.h>

#include "base/error.h"
#include "base/secret.h"

#define QR_QUIET_ZONE	4	/* modules of white around */
#define QR_PNG_SCALE	8	/* pixels a module */

enum qr_style {
	QR_BLOCKS,	/* UTF-8 half blocks, black on white by ANSI colours */
	QR_SPACES,	/* two spaces a module, by ANSI colours alone */
	QR_PLAIN,	/* two characters a module, # and space, no colours */
};

/* What a terminal of TERM (NULL: unset) can show in the present locale. */
enum qr_style	qr_style_of(const char *term);

/*
 * Each encodes URI and prints it on OUT; errors of OUT stay in OUT.
 *  MFA_INVALID_INPUT    too long for a QR code
 *  MFA_SERVICE_FAILURE  no memory, libpng failed
 */
enum mfa_code	qr_print_text(FILE *out, const struct secret_text *uri,
		    enum qr_style style, struct mfa_error *err) _must_check_;
enum mfa_code	qr_print_svg(FILE *out, const struct secret_text *uri,
		    struct mfa_error *err) _must_check_;
enum mfa_code	qr_print_png(FILE *out, const struct secret_text *uri,
		    struct mfa_error *err) _must_check_;

#endif

/* A QR code as text: what an app takes up from a terminal, with a camera. */
#ifndef ENDPOINT_QR_H
#define ENDPOINT_QR_H

#include "base/error.h"
#include "base/secret.h"
#include "mfa/person.h"

/*
 * Shows PERSON the QR code of TEXT in half blocks (UTF-8), without colours,
 * which ssh would not pass on: as on a dark terminal. libqrencode is loaded for
 * it.
 *  MFA_SERVICE_FAILURE  libqrencode is not there; TEXT is too long for a code
 *  MFA_REQUEST_ABORTED  the person has gone
 */
enum mfa_code	qr_show(const struct person *person,
		    const struct secret_text *text, struct mfa_error *err)
		    _must_check_;

#endif

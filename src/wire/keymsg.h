/*
 * Messages between awsmfa-endpoint and awsmfa-key, as frames (wire/frame.h)
 * over a socket pair. The worker is not trusted: every length is bounded, and
 * what it says counts only once the endpoint has verified it.
 *
 *   E  KEY_REQUEST                     what to do, whole
 *   K  KEY_STATUS*                     inserted, touch, PIN wanted, ...
 *   E  KEY_PIN                         only after the status KEY_STATUS_PIN
 *   K  KEY_ANSWER                      the end: raw bytes, or an error
 * The endpoint closes the connection to cancel; the worker then cancels at the
 * key (CTAPHID_CANCEL) and ends. A request, status or answer is one frame whose
 * payload is a strict sequence of fields: one octet tag, two octets length
 * (most significant first), that many octets; a tag that is unknown, twice
 * where once is meant, out of bounds, or trailing octets refuse the whole.
 */
#ifndef WIRE_KEYMSG_H
#define WIRE_KEYMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

#define KEYMSG_NODE_MAX		64	/* "/dev/hidraw12" */
#define KEYMSG_NODES_MAX	16	/* nodes that others look after */
#define KEYMSG_CREDENTIALS_MAX	8	/* a user's devices */
#define KEYMSG_CREDENTIAL_MAX	1023	/* octets of a credential id */
#define KEYMSG_RP_MAX		253
#define KEYMSG_HASH_SIZE	32
#define KEYMSG_USER_ID_SIZE	32
#define KEYMSG_AUTHDATA_MAX	2048
#define KEYMSG_SIGNATURE_MAX	1024
#define KEYMSG_CERTIFICATE_MAX	4096
#define KEYMSG_TEXT_MAX		128	/* a product's name, a format */
#define KEYMSG_CERTIFICATIONS_MAX 8	/* of getInfo: name and level */

enum keymsg_what { KEY_INFO, KEY_MAKE, KEY_ASSERT };
enum keymsg_uv { KEY_UV_DISCOURAGED, KEY_UV_PREFERRED, KEY_UV_REQUIRED };

struct keymsg_blob {
	size_t	len;
	uint8_t	bytes[KEYMSG_CREDENTIAL_MAX];
};

struct keymsg_request {
	enum keymsg_what	what;
	/*
	 * The node to open; "" waits for one that is not among NODES, or is
	 * made again.
	 */
	char			node[KEYMSG_NODE_MAX + 1];
	size_t			node_count;
	char			nodes[KEYMSG_NODES_MAX][KEYMSG_NODE_MAX + 1];
	unsigned		timeout; /* ms, without PIN typing */
	/*
	 * The key's channel of a worker that died at this node: what waits
	 * there is cancelled first. 0: none.
	 */
	unsigned		channel;
	char			rp_id[KEYMSG_RP_MAX + 1];
	uint8_t			hash[KEYMSG_HASH_SIZE];	/* client data */
	enum keymsg_uv		uv;
	/* KEY_MAKE */
	bool			eddsa;		/* else ES256 */
	uint8_t			user_id[KEYMSG_USER_ID_SIZE];
	char			user_name[KEYMSG_TEXT_MAX + 1];
	/* KEY_MAKE: excluded; KEY_ASSERT: allowed. */
	size_t			credential_count;
	struct keymsg_blob	credentials[KEYMSG_CREDENTIALS_MAX];
};

enum keymsg_status {
	KEY_STATUS_WAITING,	/* for a key to be inserted */
	KEY_STATUS_OPENED,	/* a key; its product is the text */
	KEY_STATUS_TOUCH,	/* the key waits for a tap */
	KEY_STATUS_PIN,		/* the key's PIN is wanted; retries */
};

struct keymsg_progress {
	enum keymsg_status	status;
	char			text[KEYMSG_TEXT_MAX + 1];
	char			node[KEYMSG_NODE_MAX + 1]; /* _OPENED */
	int			retries;	/* _PIN; -1: not told */
	bool			wrong;		/* _PIN: the one before was */
	unsigned		channel;	/* _TOUCH: the key's */
};

enum keymsg_error {
	KEY_OK,
	KEY_NO_CREDENTIAL,	/* none of those allowed is on this key */
	KEY_EXCLUDED,		/* has one of those excluded */
	KEY_TIMEOUT,		/* not tapped, or nothing inserted, in time */
	KEY_GONE,		/* unplugged */
	KEY_PIN_BLOCKED,	/* until replugged, or for good */
	KEY_PIN_NOT_SET,	/* user verification required, and no PIN */
	KEY_UNSUPPORTED,	/* not FIDO, or not this algorithm or option */
	KEY_CANCELLED,		/* at the key */
	KEY_FAILED,		/* anything else; the text says what */
};

struct keymsg_certification {
	char		name[KEYMSG_TEXT_MAX + 1];
	uint64_t	level;
};

struct keymsg_answer {
	enum keymsg_error	error;
	char			text[KEYMSG_TEXT_MAX + 1]; /* for the log */
	char			node[KEYMSG_NODE_MAX + 1];
	/* KEY_INFO and KEY_MAKE */
	bool			fido2;
	bool			has_pin;
	size_t			certification_count;
	struct keymsg_certification certifications[KEYMSG_CERTIFICATIONS_MAX];
	/* KEY_MAKE and KEY_ASSERT: raw, authdata without a CBOR wrapper */
	char			format[KEYMSG_TEXT_MAX + 1];
	size_t			authdata_len;
	uint8_t			authdata[KEYMSG_AUTHDATA_MAX];
	size_t			signature_len;
	uint8_t			signature[KEYMSG_SIGNATURE_MAX];
	size_t			certificate_len;
	uint8_t			certificate[KEYMSG_CERTIFICATE_MAX];
	struct keymsg_blob	credential;	/* made, or that signed */
};

/*
 * Sending and receiving, until DEADLINE (wire_now() terms); codes as of
 * wire_send() and wire_receive(), and MFA_SERVICE_FAILURE for what is not such
 * a message. Texts are printable UTF-8. keymsg_receive() takes what a worker
 * may send: a status (*ret_is_answer false) or the answer.
 */
enum mfa_code	keymsg_send_request(int fd,
		    const struct keymsg_request *request, int64_t deadline,
		    struct mfa_error *err) _must_check_;
enum mfa_code	keymsg_receive_request(int fd, int64_t deadline,
		    struct keymsg_request *ret, struct mfa_error *err)
		    _must_check_;
enum mfa_code	keymsg_send_pin(int fd, const struct secret *pin,
		    int64_t deadline, struct mfa_error *err) _must_check_;
enum mfa_code	keymsg_receive_pin(int fd, int64_t deadline,
		    struct secret *ret, struct mfa_error *err) _must_check_;
enum mfa_code	keymsg_send_progress(int fd,
		    const struct keymsg_progress *progress, int64_t deadline,
		    struct mfa_error *err) _must_check_;
enum mfa_code	keymsg_send_answer(int fd, const struct keymsg_answer *answer,
		    int64_t deadline, struct mfa_error *err) _must_check_;
enum mfa_code	keymsg_receive(int fd, int64_t deadline, bool *ret_is_answer,
		    struct keymsg_progress *ret_progress,
		    struct keymsg_answer *ret_answer, struct mfa_error *err)
		    _must_check_;

#endif

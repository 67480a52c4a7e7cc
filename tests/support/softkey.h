/*
 * softkey: a security key in software, for tests. It speaks CTAPHID (CTAP 2.1,
 * 11.2), CTAP2 and U2F as a key on USB does, keeps no credentials (a credential
 * id is the private key, encrypted under the master key), and misbehaves as
 * it is told while it runs.
 */
#ifndef SUPPORT_SOFTKEY_H
#define SUPPORT_SOFTKEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define SOFTKEY_REPORT_SIZE	64
#define SOFTKEY_MESSAGE_MAX	7609	/* CTAPHID: 57 + 128 * 59 */
#define SOFTKEY_HASH_SIZE	32	/* SHA-256 */
#define SOFTKEY_AAGUID_SIZE	16
#define SOFTKEY_CERTIFICATE_MAX	1024	/* octets of DER */
#define SOFTKEY_PIN_HASH_SIZE	16	/* the left half of SHA-256 */
#define SOFTKEY_PIN_RETRIES	8
#define SOFTKEY_PIN_TRIES	3	/* wrong ones until it is replugged */
#define SOFTKEY_LOG_MAX		16384

#define SOFTKEY_NEVER		INT64_MAX	/* a time that does not come */

struct softkey_message {
	size_t	len;
	uint8_t	bytes[SOFTKEY_MESSAGE_MAX];
};

enum softkey_touch { TOUCH_NOW, TOUCH_AFTER, TOUCH_NEVER };
enum softkey_counter {
	COUNTER_NORMAL, COUNTER_STUCK, COUNTER_BACK, COUNTER_ZERO
};
enum softkey_garbage {
	GARBAGE_OFF,
	GARBAGE_MESSAGES,	/* well framed, senseless */
	GARBAGE_REPORTS		/* not even framed */
};
enum softkey_algorithms {
	ALGORITHMS_BOTH,	/* ES256 and EdDSA */
	ALGORITHMS_EDDSA,	/* that one only */
	ALGORITHMS_UNTOLD	/* it too, but getInfo does not say so */
};
enum softkey_uv { UV_ABSENT, UV_WORKS, UV_FAILS };	/* built in: a finger */

/* What a test can change while the key runs. */
struct softkey_switches {
	enum softkey_touch	touch;
	int64_t			touch_after;	/* ms; TOUCH_AFTER */
	int64_t			touch_timeout;	/* ms until the key gives up */
	enum softkey_counter	counter;
	enum softkey_garbage	garbage;
	enum softkey_uv		uv;
	unsigned		busy;		/* requests to refuse */
	int64_t			slow;		/* ms before each answer */
	bool			mute;		/* never answers */
	bool			u2f_only;
	bool			self;		/* self attestation */
	enum softkey_algorithms	algorithms;
	int			pin_protocol;	/* the only one; 0: both */
};

/* Who made the key: the attestation key of its batch and the root above it. */
struct softkey_batch {
	EVP_PKEY	*key;
	int		certificate_len;
	uint8_t		certificate[SOFTKEY_CERTIFICATE_MAX];	/* DER */
	uint8_t		aaguid[SOFTKEY_AAGUID_SIZE];
};

struct softkey_pin {
	bool		is_set;
	uint8_t		hash[SOFTKEY_PIN_HASH_SIZE];
	unsigned	retries;
	unsigned	mismatches;	/* since power came on */
	EVP_PKEY	*agreement;	/* P-256; NULL until it is asked for */
	uint8_t		token[32];
};

enum softkey_state {
	STATE_IDLE,
	STATE_RECEIVING,
	STATE_TOUCH,		/* waits for a touch */
	STATE_ANSWERING,	/* the answer is held back */
	STATE_MUTE
};

/* The transaction; there is one at a time. */
struct softkey_hid {
	enum softkey_state	state;
	uint32_t		last_channel;	/* 1 to this are open */
	uint32_t		channel;
	uint8_t			command;
	uint8_t			sequence;
	size_t			wanted;		/* octets of the request */
	int64_t			deadline;	/* of the state, ms */
	int64_t			keepalive;	/* the next one, ms */
	struct softkey_message	request;
	struct softkey_message	answer;
};

struct softkey {
	uint8_t			master[32];
	uint32_t		count;		/* signatures */
	bool			is_touched;	/* the request in hand is */
	bool			tapped;		/* "touch once" */
	int64_t			touch_asked;	/* ms; 0: nothing waits */
	int64_t			touch_seen;	/* ms; last asked for */
	struct softkey_switches	switches;
	struct softkey_batch	batch;
	struct softkey_pin	pin;
	struct softkey_hid	hid;
	struct softkey_link	*link;
	size_t			log_len;
	char			log[SOFTKEY_LOG_MAX];
};

/* Milliseconds that only go forward. */
int64_t	softkey_now(void);

/* Adds a line to the log; lost where the log is full. */
void	softkey_log(struct softkey *key, const char *format, ...)
	    _printf_(2, 3);

/* As if the key were pulled and plugged in: channels and PIN token are new. */
void	softkey_power_cycle(struct softkey *key);

/*
 * Is the key touched, now that something asks for a touch? Asked again until it
 * is, or until softkey_touch_forget().
 */
bool	softkey_is_touched(struct softkey *key);
void	softkey_touch_forget(struct softkey *key);

/* The counter to sign, as the switch says. */
uint32_t softkey_count(struct softkey *key);

/* From softkey_hid.c: a report came in; time went by; when to call again. */
void	hid_report(struct softkey *key,
	    const uint8_t report[static SOFTKEY_REPORT_SIZE]);
void	hid_tick(struct softkey *key);
int64_t	hid_next(const struct softkey *key);

#endif

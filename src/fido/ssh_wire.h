/*
 * How SSH lays out octets, numbers and strings (RFC 4251 section 5), as keys,
 * signatures and the agent's messages have them.
 */
#ifndef FIDO_SSH_WIRE_H
#define FIDO_SSH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* What is left to read, or a string that was read. Borrowed memory. */
struct ssh_octets {
	const uint8_t	*bytes;
	size_t		len;
};

/*
 * Each takes what is next in FROM, which has moved on then. False, both
 * untouched, where there is less left.
 */
bool	ssh_take(struct ssh_octets *from, size_t n, struct ssh_octets *ret)
	    _must_check_;
bool	ssh_take_byte(struct ssh_octets *from, uint8_t *ret) _must_check_;
bool	ssh_take_u32(struct ssh_octets *from, uint32_t *ret) _must_check_;
bool	ssh_take_string(struct ssh_octets *from, struct ssh_octets *ret)
	    _must_check_;

/* Are the octets those of TEXT? */
bool	ssh_octets_is(const struct ssh_octets *octets, const char *text);

/*
 * Octets that are written, at most SIZE. What does not fit sets OVERFLOWN, once
 * and for all, to be asked at the end.
 */
struct ssh_buffer {
	uint8_t	*bytes;		/* borrowed */
	size_t	size;
	size_t	len;
	bool	overflown;
};

void	ssh_put(struct ssh_buffer *buffer, const void *bytes, size_t len);
void	ssh_put_byte(struct ssh_buffer *buffer, uint8_t value);
void	ssh_put_u32(struct ssh_buffer *buffer, uint32_t value);
void	ssh_put_string(struct ssh_buffer *buffer, const void *bytes,
	    size_t len);
void	ssh_put_text(struct ssh_buffer *buffer, const char *text);

#endif

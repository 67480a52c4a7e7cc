/*
 * CBOR for softkey: reading by the keys of maps, on libcbor's items, and
 * writing one item after the other, on its encoders.
 */
#ifndef SUPPORT_SOFTKEY_CBOR_H
#define SUPPORT_SOFTKEY_CBOR_H

#include <cbor.h>

#include "support/softkey.h"

/* Octets inside an item; NULL where there are none. */
struct slice {
	const uint8_t	*bytes;
	size_t		len;
};

/* For _cleanup_. */
void	cbor_freep(cbor_item_t **item);

/* The value of a key of MAP; NULL where it is not there or MAP is no map. */
const cbor_item_t *cbor_at(const cbor_item_t *map, int key);
const cbor_item_t *cbor_at_text(const cbor_item_t *map, const char *key);

/* True with *RET where ITEM is there and of that type. */
bool	cbor_to_bytes(const cbor_item_t *item, struct slice *ret) _must_check_;
bool	cbor_to_text(const cbor_item_t *item, struct slice *ret) _must_check_;
bool	cbor_to_int(const cbor_item_t *item, int *ret) _must_check_;
bool	cbor_to_bool(const cbor_item_t *item, bool *ret) _must_check_;
bool	cbor_is_text(const cbor_item_t *item, const char *text);

/* Adds to the end; an answer always fits, so that not fitting ends softkey. */
void	put_map(struct softkey_message *to, size_t pairs);
void	put_array(struct softkey_message *to, size_t items);
void	put_int(struct softkey_message *to, int64_t value);
void	put_bool(struct softkey_message *to, bool value);
void	put_text(struct softkey_message *to, const char *text);
void	put_bytes(struct softkey_message *to, const void *bytes, size_t len);

/* Octets as they are, and numbers with the most significant first. */
void	put_raw(struct softkey_message *to, const void *bytes, size_t len);
void	put_u8(struct softkey_message *to, uint8_t value);
void	put_u16(struct softkey_message *to, uint16_t value);
void	put_u32(struct softkey_message *to, uint32_t value);

/* A COSE key (RFC 9053) for ALGORITHM. */
void	put_cose(struct softkey_message *to, EVP_PKEY *pkey, int algorithm);

#endif

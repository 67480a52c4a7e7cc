#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fido/ssh_key.h"
#include "store/device.h"

#define ES256_KEY_SIZE 64 /* octets: x and y */
#define EDDSA_KEY_SIZE 32
#define RP_ID \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789.:/-"

static const char *const type_names[] = {
	[DEVICE_VIRTUAL] = "virtual",
	[DEVICE_HARDWARE] = "hardware",
	[DEVICE_SECURITY_KEY] = "security-key",
};

#define TYPE_COUNT (sizeof(type_names) / sizeof(type_names[0]))

const char *
device_type_name(enum device_type type)
{
	return type_names[type];
}

bool
device_type_parse(const char *name, enum device_type *ret)
{
	size_t i;

	for (i = 0; i < TYPE_COUNT; i++) {
		if (strcmp(name, type_names[i]) == 0) {
			*ret = (enum device_type)i;
			return true;
		}
	}
	return false;
}

/* An id of zeros would name the ledger's free entries. */
static bool
is_id(const uint8_t id[static DEVICE_ID_SIZE])
{
	static const uint8_t zeros[DEVICE_ID_SIZE];

	return memcmp(id, zeros, sizeof(zeros)) != 0;
}

struct device *
device_new(const struct world *world)
{
	_cleanup_(device_freep) struct device *device = NULL;

	device = calloc(1, sizeof(*device));
	if (device == NULL)
		return NULL;
	if (!world->random(world->ctx, device->id, sizeof(device->id)) ||
	    !is_id(device->id))
		return NULL;
	device->type = DEVICE_VIRTUAL;
	device->otp.algorithm = OTP_SHA1;
	device->otp.digits = OTP_DIGITS_DEFAULT;
	device->otp.period = OTP_PERIOD_DEFAULT;
	device->spent_step = STEP_NONE;
	return steal(&device);
}

void
device_freep(struct device **device)
{
	if (device == NULL || *device == NULL)
		return;
	free((*device)->tags);
	free((*device)->credential);
	explicit_bzero(*device, sizeof(**device));
	free(*device);
	*device = NULL;
}

static struct tag *
find_tag(const struct device *device, const char *key)
{
	size_t i;

	for (i = 0; i < device->tag_count; i++) {
		if (strcmp(device->tags[i].key, key) == 0)
			return &device->tags[i];
	}
	return NULL;
}

static bool
tags_are_valid(const struct device *device)
{
	size_t i;

	if (device->tag_count > TAGS_MAX)
		return false;
	for (i = 0; i < device->tag_count; i++) {
		const struct tag *tag = &device->tags[i];

		if (!text_is_tag_key(tag->key) ||
		    !text_is_tag_value(tag->value) ||
		    find_tag(device, tag->key) != tag)
			return false;
	}
	return true;
}

/* Only a hardware token, which is known by its serial number, has no name. */
static bool
name_is_valid(const struct device *device)
{
	if (device->name[0] == '\0')
		return device->type == DEVICE_HARDWARE;
	return text_is_device_name(device->name);
}

bool
device_is_rp_id(const char *rp_id)
{
	size_t len = strlen(rp_id);

	return len > 0 && len <= FIDO_RP_ID_MAX && strspn(rp_id, RP_ID) == len;
}

static size_t
key_size(enum fido_algorithm algorithm)
{
	switch (algorithm) {
	case FIDO_ES256:
		return ES256_KEY_SIZE;
	case FIDO_EDDSA:
		return EDDSA_KEY_SIZE;
	}
	return 0;
}

/* Its id is with its user, and nothing attests it. */
static bool
ssh_key_is_valid(const struct fido_credential *c)
{
	static const uint8_t none[FIDO_AAGUID_SIZE];

	return ssh_key_is_application(c->rp_id) && c->id_len == 0 &&
	    c->certificate_len == 0 &&
	    memcmp(c->aaguid, none, sizeof(none)) == 0;
}

static bool
credential_is_valid(const struct fido_credential *c)
{
	if (c->key_len == 0 || c->key_len != key_size(c->algorithm))
		return false;
	switch (c->format) {
	case FIDO_PACKED:
	case FIDO_U2F:
	case FIDO_NONE:
		return device_is_rp_id(c->rp_id) && c->id_len > 0 &&
		    c->id_len <= FIDO_CREDENTIAL_ID_MAX &&
		    c->certificate_len <= FIDO_CERTIFICATE_MAX;
	case FIDO_SSH:
		return ssh_key_is_valid(c);
	}
	return false;
}

/* The certification NAME among the first COUNT; COUNT where there is none. */
static size_t
find_certification(const struct device *device, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(device->certifications[i].name, name) == 0)
			break;
	}
	return i;
}

/* What a tag's key may hold, as long as its octets fit. */
static bool
is_certification(const char *name)
{
	return strlen(name) <= CERTIFICATION_NAME_MAX && text_is_tag_key(name);
}

bool
device_add_certification(struct device *device, const char *name,
    uint64_t level)
{
	size_t count = device->certification_count;

	if (count >= CERTIFICATIONS_MAX || !is_certification(name) ||
	    find_certification(device, count, name) != count)
		return false;
	strcpy(device->certifications[count].name, name);
	device->certifications[count].level = level;
	device->certification_count++;
	return true;
}

static bool
certifications_are_valid(const struct device *device)
{
	size_t i;

	if (device->certification_count > CERTIFICATIONS_MAX)
		return false;
	for (i = 0; i < device->certification_count; i++) {
		const char *name = device->certifications[i].name;

		if (!is_certification(name) ||
		    find_certification(device, i, name) != i)
			return false;
	}
	return true;
}

static bool
codes_are_valid(const struct device *device)
{
	return device->credential == NULL && device->certification_count == 0 &&
	    device->otp.algorithm <= OTP_SHA512 &&
	    otp_params_is_valid(&device->otp) &&
	    device->seed.len >= OTP_SEED_MIN &&
	    device->seed.len <= SECRET_SIZE && device->spent_step >= STEP_NONE;
}

static bool
key_is_valid(const struct device *device)
{
	return device->credential != NULL &&
	    credential_is_valid(device->credential) &&
	    certifications_are_valid(device) && device->seed.len == 0 &&
	    device->spent_step == STEP_NONE && device->drift == 0;
}

bool
device_has_codes(const struct device *device)
{
	switch (device->type) {
	case DEVICE_VIRTUAL:
	case DEVICE_HARDWARE:
		return true;
	case DEVICE_SECURITY_KEY:
		return false;
	}
	return false;
}

bool
device_is_ssh_key(const struct device *device)
{
	return device->credential != NULL &&
	    device->credential->format == FIDO_SSH;
}

bool
device_is_ctap_key(const struct device *device)
{
	return device->credential != NULL &&
	    device->credential->format != FIDO_SSH;
}

bool
device_is_valid(const struct device *device)
{
	return is_id(device->id) && (size_t)device->type < TYPE_COUNT &&
	    text_is_serial_number(device->serial) && name_is_valid(device) &&
	    device->created >= 0 && device->enabled >= 0 &&
	    (device_has_codes(device) ? codes_are_valid(device)
				      : key_is_valid(device)) &&
	    tags_are_valid(device);
}

/* A new tag at the end of the device's, or NULL where there is no memory. */
static struct tag *
append_tag(struct device *device)
{
	struct tag *tags;

	tags = reallocarray(device->tags, device->tag_count + 1, sizeof(*tags));
	if (tags == NULL)
		return NULL;
	device->tags = tags;
	return &tags[device->tag_count++];
}

enum mfa_code
device_set_tag(struct device *device, const char *key, const char *value,
    struct mfa_error *err)
{
	struct tag *tag;

	if (!text_is_tag_key(key))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a tag's key is 1 to %d characters, none of them a control "
		    "character",
		    TAG_KEY_MAX);
	if (!text_is_tag_value(value))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a tag's value is at most %d characters, none of them a "
		    "control character",
		    TAG_VALUE_MAX);
	tag = find_tag(device, key);
	if (tag == NULL && device->tag_count >= TAGS_MAX)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
		    "Cannot exceed quota for TagsPerMFADevice: %d", TAGS_MAX);
	if (tag == NULL && (tag = append_tag(device)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "no memory for a tag");
	/* The patterns limit both to what fits. */
	memset(tag, 0, sizeof(*tag));
	memcpy(tag->key, key, strlen(key));
	memcpy(tag->value, value, strlen(value));
	return MFA_OK;
}

void
device_remove_tag(struct device *device, const char *key)
{
	struct tag *tag = find_tag(device, key);
	size_t after;

	if (tag == NULL)
		return;
	after = device->tag_count - (size_t)(tag - device->tags) - 1;
	memmove(tag, tag + 1, after * sizeof(*tag));
	if (--device->tag_count == 0) {
		free(device->tags);
		device->tags = NULL;
	}
}

void
device_list_clear(struct device_list *list)
{
	while (list->count > 0)
		device_freep(&list->devices[--list->count]);
	list->recovery = (struct recovery_set){ .number = 0 };
}

static bool
is_same_credential(const struct device *a, const struct device *b)
{
	const struct fido_credential *x = a->credential, *y = b->credential;

	if (x == NULL || y == NULL ||
	    (x->format == FIDO_SSH) != (y->format == FIDO_SSH))
		return false;
	/* An SSH key under another application is the same key. */
	if (x->format == FIDO_SSH)
		return x->algorithm == y->algorithm &&
		    x->key_len == y->key_len &&
		    memcmp(x->key, y->key, x->key_len) == 0;
	return x->id_len == y->id_len && memcmp(x->id, y->id, x->id_len) == 0;
}

enum mfa_code
device_list_add(struct device_list *list, struct device **device,
    struct mfa_error *err)
{
	const struct device *new = *device;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct device *old = list->devices[i];

		if (strcmp(old->serial, new->serial) == 0)
			return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
			    "the user has the device %s already", new->serial);
		if (new->name[0] != '\0' &&
		    strcasecmp(old->name, new->name) == 0)
			return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
			    "the user has a device named %s already",
			    new->name);
		if (is_same_credential(old, new))
			return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
			    "the user has this security key already, as %s",
			    old->name);
	}
	if (list->count >= DEVICES_MAX)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
		    "Cannot exceed quota for MFADevicesPerUser: %d",
		    DEVICES_MAX);
	list->devices[list->count++] = steal(device);
	return MFA_OK;
}

struct device *
device_list_find(const struct device_list *list, const char *serial)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (strcmp(list->devices[i]->serial, serial) == 0)
			return list->devices[i];
	}
	return NULL;
}

size_t
device_list_count_ctap_keys(const struct device_list *list)
{
	size_t i, count = 0;

	for (i = 0; i < list->count; i++)
		count += device_is_ctap_key(list->devices[i]);
	return count;
}

size_t
device_list_count_ssh_keys(const struct device_list *list)
{
	size_t i, count = 0;

	for (i = 0; i < list->count; i++)
		count += device_is_ssh_key(list->devices[i]);
	return count;
}

size_t
device_list_count_codes(const struct device_list *list)
{
	size_t i, count = 0;

	for (i = 0; i < list->count; i++)
		count += device_has_codes(list->devices[i]);
	return count;
}

struct device *
device_list_remove(struct device_list *list, const char *serial)
{
	struct device *found = device_list_find(list, serial);
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++) {
		if (list->devices[i] != found)
			list->devices[kept++] = list->devices[i];
	}
	if (found != NULL)
		list->devices[kept] = NULL;
	list->count = kept;
	return found;
}

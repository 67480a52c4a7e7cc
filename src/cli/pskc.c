#include <libxml/parser.h>
#include <libxml/tree.h>
#include <pskc/pskc.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/pskc_crypt.h"

#define CHILDREN_MAX	64	/* elements in one; RFC 6030 has ten */

#define NAMESPACE	"urn:ietf:params:xml:ns:keyprov:pskc"

/* What libpskc said last; it has no other way to tell. */
static char last_message[MFA_DETAIL_SIZE];

static void
note_message(const char *text)
{
	(void)snprintf(last_message, sizeof(last_message), "%s", text);
}

static void
doc_freep(xmlDoc **doc)
{
	if (*doc != NULL)
		xmlFreeDoc(*doc);
}

static void
container_freep(pskc_t **container)
{
	if (*container != NULL)
		pskc_done(*container);
}

static void
content_freep(xmlChar **text)
{
	if (*text == NULL)
		return;
	explicit_bzero(*text, strlen((char *)*text));
	xmlFree(*text);
}

bool
pskc_is_container(const char *text, size_t len)
{
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	while (len > 0 && *text != '\0' && strchr(" \t\r\n", *text) != NULL) {
		text++;
		len--;
	}
	return len > 0 && *text == '<';
}

static bool
is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	    strcmp((const char *)node->name, name) == 0;
}

/* Removes NODE with all that is in it. */
static void
drop(xmlNode *node)
{
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

/* Makes TEXT, without the white space around it, all that NODE holds. */
static bool
set_content(xmlNode *node, const char *text)
{
	size_t len = strlen(text);
	xmlNode *child;

	while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
		text++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	while ((child = node->children) != NULL)
		drop(child);
	return len == 0 ||
	    xmlAddChild(node, xmlNewTextLen((const xmlChar *)text, (int)len)) !=
	    NULL;
}

static void
drop_empty_attributes(xmlNode *node)
{
	xmlAttr *attribute, *next;

	for (attribute = node->properties; attribute != NULL;
	     attribute = next) {
		next = attribute->next;
		if (attribute->children == NULL ||
		    attribute->children->content == NULL ||
		    attribute->children->content[0] == '\0')
			xmlRemoveProp(attribute);
	}
}

/* Is NODE's name one of the NULL-ended NAMES? */
static bool
is_one_of(const xmlNode *node, const char *const *names)
{
	for (; *names != NULL; names++)
		if (is_element(node, *names))
			return true;
	return false;
}

static const char *const with_elements[] = { "KeyPackage", "DeviceInfo",
	"CryptoModuleInfo", "Key", "AlgorithmParameters", "Data", "Secret",
	"Counter", "Time", "TimeInterval", "TimeDrift", "Policy", NULL };
static const char *const with_attributes[] = { "ResponseFormat",
	"ChallengeFormat", "PINPolicy", NULL };

static bool	simplify(xmlNode *node);

static bool
simplify_children(xmlNode *node)
{
	xmlNode *child, *next;

	for (child = node->children; child != NULL; child = next) {
		next = child->next;
		if (child->type != XML_ELEMENT_NODE) {
			drop(child);
			continue;
		}
		if (!simplify(child))
			return false;
		if (child->children == NULL &&
		    (child->properties == NULL ||
			!is_one_of(child, with_attributes)))
			drop(child);
	}
	return true;
}

/*
 * libpskc looks at an element's first child alone, and at the content of one
 * that is not there or is no text: comments and what is empty go, and what is
 * not there to hold elements gets one text.
 */
static bool
simplify(xmlNode *node)
{
	_cleanup_(content_freep) xmlChar *text = NULL;

	drop_empty_attributes(node);
	if (is_one_of(node, with_elements))
		return simplify_children(node);
	text = xmlNodeGetContent(node);
	return text != NULL && set_content(node, (char *)text);
}

/*
 * The name of an element that is there twice in one place, where it is not said
 * which of them counts, or NULL. <KeyUsage> may be.
 */
static const char *
find_repeated(const xmlNode *parent)
{
	const xmlNode *node, *other;
	const char *name;
	unsigned n = 0;

	for (node = parent->children; node != NULL; node = node->next) {
		name = (const char *)node->name;
		if (++n > CHILDREN_MAX)
			return name;
		for (other = node->next; other != NULL; other = other->next)
			if (is_element(other, name) &&
			    strcmp(name, "KeyUsage") != 0)
				return name;
		if (node->type == XML_ELEMENT_NODE &&
		    (name = find_repeated(node)) != NULL)
			return name;
	}
	return NULL;
}

/* Puts what SECRET's <EncryptedValue> holds in its place, as <PlainValue>. */
static enum mfa_code
decrypt_in_place(xmlNode *secret, const struct pskc_keys *keys,
    struct mfa_error *err)
{
	_cleanup_(secret_wipe) struct secret plain = { 0 };
	unsigned char base64[SECRET_SIZE * 4 / 3 + 8];
	enum mfa_code code;
	bool done;

	if ((code = pskc_decrypt(secret, keys, &plain, err)) != MFA_OK)
		return code;
	EVP_EncodeBlock(base64, plain.bytes, (int)plain.len);
	done = set_content(secret, "") &&
	    xmlNewChild(secret, NULL, (const xmlChar *)"PlainValue", base64) !=
		NULL;
	explicit_bzero(base64, sizeof(base64));
	if (!done)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libxml2");
	return MFA_OK;
}

/* A container of NODE alone, decrypted where it has to be; the caller's. */
static enum mfa_code
single_package(xmlNode *node, const struct pskc_keys *keys, xmlDoc **ret,
    struct mfa_error *err)
{
	_cleanup_(doc_freep) xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *root, *package, *secret;
	const char *repeated;
	enum mfa_code code;

	root = xmlNewNode(NULL, (const xmlChar *)"KeyContainer");
	if (doc == NULL || root == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libxml2");
	xmlDocSetRootElement(doc, root);
	xmlSetNs(root, xmlNewNs(root, (const xmlChar *)NAMESPACE, NULL));
	xmlNewProp(root, (const xmlChar *)"Version", (const xmlChar *)"1.0");
	package = xmlAddChild(root, xmlDocCopyNode(node, doc, 1));
	secret = pskc_child(pskc_child(pskc_child(package, "Key"), "Data"),
	    "Secret");
	if (pskc_child(secret, "EncryptedValue") != NULL) {
		code = decrypt_in_place(secret, keys, err);
		if (code != MFA_OK)
			return code;
	}
	if (package == NULL || !simplify(package))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libxml2");
	if ((repeated = find_repeated(package)) != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "it has more than one <%s>", repeated);
	*ret = steal(&doc);
	return MFA_OK;
}

static enum mfa_code
parse_single(xmlDoc *doc, pskc_t **ret, struct mfa_error *err)
{
	_cleanup_(container_freep) pskc_t *container = NULL;
	xmlChar *text = NULL;
	int len = 0, rc;

	xmlDocDumpMemory(doc, &text, &len);
	if (text == NULL || pskc_init(&container) != PSKC_OK) {
		xmlFree(text);
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libpskc");
	}
	last_message[0] = '\0';
	rc = pskc_parse_from_memory(container, (size_t)len, (char *)text);
	explicit_bzero(text, (size_t)len);
	xmlFree(text);
	if (rc != PSKC_OK)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0, "%s%s%s",
		    pskc_strerror(rc), last_message[0] ? ": " : "",
		    last_message);
	*ret = steal(&container);
	return MFA_OK;
}

/* "totp" of "urn:ietf:params:xml:ns:keyprov:pskc:totp" (or #totp), or NULL. */
static const char *
short_algorithm(const char *uri)
{
	size_t n = strlen(NAMESPACE);

	if (uri == NULL || strncmp(uri, NAMESPACE, n) != 0 ||
	    (uri[n] != ':' && uri[n] != '#'))
		return NULL;
	return uri + n + 1;
}

/* Why the key's algorithm or policy keeps it out; NULL: nothing does. */
static const char *
find_objection(pskc_key_t *key)
{
	const char *name = short_algorithm(pskc_get_key_algorithm(key));
	const struct tm *expiry = pskc_get_key_policy_expirydate(key);
	pskc_pinusagemode mode;
	struct tm when;
	int given, usage;

	if (name != NULL && strcmp(name, "hotp") == 0)
		return "it is an HOTP token (counter-based), which is not "
		       "supported; only TOTP is";
	if (name == NULL || strcmp(name, "totp") != 0)
		return "its algorithm is not TOTP";
	usage = pskc_get_key_policy_keyusages(key, &given);
	if (given && (usage & PSKC_KEYUSAGE_OTP) == 0)
		return "its policy does not allow use for one-time passwords";
	mode = pskc_get_key_policy_pinusagemode(key, &given);
	if (given && mode != PSKC_PINUSAGEMODE_LOCAL)
		return "its policy makes a PIN part of the code";
	if (expiry != NULL && (when = *expiry, timegm(&when)) <= time(NULL))
		return "its policy says that it has expired";
	return NULL;
}

static const char *
read_format(pskc_key_t *key, struct otp_params *params)
{
	const char *suite = pskc_get_key_algparm_suite(key);
	pskc_valueformat encoding;
	uint32_t value;
	int given;

	if (suite != NULL && !otp_algorithm_parse(suite, &params->algorithm))
		return "its Suite must be HMAC-SHA1, -SHA256 or -SHA512";
	encoding = pskc_get_key_algparm_resp_encoding(key, &given);
	if (given && encoding != PSKC_VALUEFORMAT_DECIMAL)
		return "its codes are not decimal";
	if (pskc_get_key_algparm_resp_checkdigits(key, &given) && given)
		return "its codes have a check digit";
	value = pskc_get_key_algparm_resp_length(key, &given);
	if (given)
		params->digits = value;
	value = pskc_get_key_data_timeinterval(key, &given);
	if (given)
		params->period = value;
	return NULL;
}

static const char *
read_material(pskc_key_t *key, struct token *token)
{
	const char *serial = pskc_get_device_serialno(key);
	const char *seed;
	size_t len = 0;

	if (serial == NULL)
		return "it has no SerialNo in its DeviceInfo";
	if (strlen(serial) > SERIAL_NUMBER_MAX)
		return "its serial number is too long";
	strcpy(token->serial, serial);
	if ((seed = pskc_get_key_data_secret(key, &len)) == NULL)
		return "it has no key in it";
	if (!secret_set(&token->seed, seed, len))
		return "its key is longer than 128 octets";
	return NULL;
}

static enum mfa_code
take_key(pskc_key_t *key, size_t number, struct token_list *list,
    struct mfa_error *err)
{
	struct token token = { .number = number,
		.params = { OTP_SHA1, OTP_DIGITS_DEFAULT,
		    OTP_PERIOD_DEFAULT } };
	const char *wrong;
	enum mfa_code code;

	if ((wrong = find_objection(key)) == NULL &&
	    (wrong = read_material(key, &token)) == NULL)
		wrong = read_format(key, &token.params);
	if (wrong == NULL)
		code = token_list_add(list, &token, err);
	else
		code = token_list_refuse(list, number, err,
		    "serial number "
		    "%s: %s",
		    pskc_get_device_serialno(key)
			? pskc_get_device_serialno(key)
			: "(none)",
		    wrong);
	explicit_bzero(&token, sizeof(token));
	return code;
}

static enum mfa_code
read_package(xmlNode *node, size_t number, const struct pskc_keys *keys,
    struct token_list *list, struct mfa_error *err)
{
	_cleanup_(container_freep) pskc_t *container = NULL;
	_cleanup_(doc_freep) xmlDoc *doc = NULL;
	struct mfa_error why = { 0 };
	pskc_key_t *key;
	enum mfa_code code;

	code = single_package(node, keys, &doc, &why);
	if (code == MFA_OK)
		code = parse_single(doc, &container, &why);
	if (code == MFA_INVALID_INPUT)
		return token_list_refuse(list, number, err, "%s", why.detail);
	if (code != MFA_OK) {
		*err = why;
		return code;
	}
	if ((key = pskc_get_keypackage(container, 0)) == NULL)
		return token_list_refuse(list, number, err, "it is empty");
	return take_key(key, number, list, err);
}

static enum mfa_code
read_packages(const xmlNode *root, struct pskc_unlock *unlock,
    struct token_list *list, struct mfa_error *err)
{
	_cleanup_(pskc_keys_wipe) struct pskc_keys keys = { 0 };
	enum mfa_code code;
	xmlNode *node;
	size_t n = 0;

	if ((code = pskc_keys_read(root, unlock, &keys, err)) != MFA_OK)
		return code;
	list->has_signature = pskc_child(root, "Signature") != NULL;
	for (node = root->children; code == MFA_OK && node != NULL;
	     node = node->next)
		if (is_element(node, "KeyPackage"))
			code = read_package(node, ++n, &keys, list, err);
	if (code == MFA_OK && n == 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "there is no key package in it");
	return code;
}

static enum mfa_code
read_document(const char *text, size_t len, struct pskc_unlock *unlock,
    struct token_list *list, struct mfa_error *err)
{
	_cleanup_(doc_freep) xmlDoc *doc = NULL;
	const xmlNode *root;
	const xmlError *what;

	doc = xmlReadMemory(text, (int)len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
		XML_PARSE_NOWARNING);
	if (doc == NULL) {
		what = xmlGetLastError();
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "line %d: it is not well-formed XML",
		    what != NULL ? what->line : 0);
	}
	if (doc->intSubset != NULL || doc->extSubset != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "it has a document type declaration, which no container "
		    "needs");
	root = xmlDocGetRootElement(doc);
	if (root == NULL || !is_element(root, "KeyContainer"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "it is XML, but no KeyContainer (RFC 6030)");
	return read_packages(root, unlock, list, err);
}

enum mfa_code
pskc_read(const char *text, size_t len, struct pskc_unlock *unlock,
    struct token_list *list, struct mfa_error *err)
{
	enum mfa_code code;

	list->unit = "key package";
	if (len > TOKEN_FILE_MAX)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "it is too large");
	if (pskc_global_init() != PSKC_OK)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libpskc");
	pskc_global_log(note_message);
	code = read_document(text, len, unlock, list, err);
	pskc_global_done();
	return code;
}

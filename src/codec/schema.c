/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codes.h"

/* ---- The tables ----------------------------------------------------------------------------- */

/* The presence bits are ints. */
#define HEADER(h, java_name) \
	_Static_assert(RMQI_FIELDS_##h <= 31, "too many fields for the presence bits");
#define FIELD(h, type, is_required, member, key, short_key) \
	_Static_assert(sizeof(key) + 5 <= 32, "the key is too long for struct rmqi_field");
#define END(h)
#include "codec/schema.def"

#define WIRE(text) sizeof(text) - 1, ",\"" text "\":\""
/* What put_key of the two forms copies behind the comma. */
_Static_assert(RMQI_FIELD_WIRE >= 32 + 2, "the fixed size must not run out of the array");

/* The entry behind the last lets a header have no field at all. */
#define HEADER(h, java_name) static const struct rmqi_field fields_##h[] = {
#define FIELD(h, type, is_required, member, key, short_key)                                    \
	{key,      short_key, RMQI_F_##type, is_required, offsetof(struct rmqi_h_##h, member), \
	 WIRE(key)},
#define END(h)                                          \
	{                                               \
		NULL, NULL, RMQI_F_STR, false, 0, 0, "" \
	}                                               \
	}                                               \
	;
#define LETTERS(v, h, java_name) static const struct rmqi_field fields_##v[] = {
#define LETTER(h, type, is_required, member, key, short_key) \
	{key,                                                \
	 short_key,                                          \
	 RMQI_F_##type,                                      \
	 is_required,                                        \
	 offsetof(struct rmqi_h_##h, member),                \
	 WIRE(short_key)},
#define END_LETTERS(v, h, java_name) \
	}                            \
	;
#include "codec/schema.def"

#define HEADER(h, java_name)                                                                   \
	const struct rmqi_header_desc rmqi_desc_##h = {java_name, fields_##h, RMQI_FIELDS_##h, \
						       sizeof(struct rmqi_h_##h), false, 0
#define FIELD(h, type, is_required, member, key, short_key) \
	| (is_required ? UINT64_C(1) << RMQI_AT_##h##_##member : 0)
#define END(h) \
	}      \
	;
#define LETTERS(v, h, java_name)                                                               \
	const struct rmqi_header_desc rmqi_desc_##v = {java_name, fields_##v, RMQI_FIELDS_##h, \
						       sizeof(struct rmqi_h_##h), true, 0
#define LETTER(h, type, is_required, member, key, short_key) \
	| (is_required ? UINT64_C(1) << RMQI_AT_##h##_##member : 0)
#define END_LETTERS(v, h, java_name) \
	}                            \
	;
#include "codec/schema.def"

#define HDR(h) &rmqi_desc_##h
#define REQUEST(code, name, to, is_oneway, request, response, purpose) \
	{code, #name, to, is_oneway, request, response, purpose},
static const struct rmqi_request_desc requests[] = {
#include "codec/schema.def"
};
#undef HDR

/* ---- Decoding ------------------------------------------------------------------------------- */

static bool to_f64(struct rmqi_str text, double *out)
{
	char copy[64]; /* longer than any double that Java prints */
	char *end;

	if (!text.len || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*out = strtod(copy, &end);
	return end == copy + text.len;
}

/* All but text. False: not a number. Not inline: most fields are texts, or numbers of one digit. */
static __attribute__((noinline)) bool read_value(enum rmqi_field_type type, struct rmqi_str text,
						 void *member)
{
	switch (type) {
	case RMQI_F_STR:
		return false;
	case RMQI_F_I32:
		return rmqi_str_to_i32(text, member);
	case RMQI_F_I64:
		return rmqi_str_to_i64(text, member);
	case RMQI_F_BOOL:
		*(bool *)member = rmqi_str_to_bool(text);
		return true;
	case RMQI_F_F64:
		return to_f64(text, member);
	}
	return false;
}

/* What a header has of its fields, one bit each. */
struct fields_read {
	uint64_t found;
	uint64_t unreadable;
};

static inline void read_field(struct fields_read *r, const struct rmqi_field *fields, size_t i,
			      struct rmqi_str text, void *header)
{
	const struct rmqi_field *f = &fields[i];
	void *member = (char *)header + f->offset;
	unsigned digit;

	if (f->type == RMQI_F_STR) {
		*(struct rmqi_str *)member = text;
	} else if (f->type == RMQI_F_I32 && text.len == 1 &&
		   (digit = (unsigned char)text.ptr[0] - (unsigned)'0') <= 9) {
		*(int32_t *)member = (int32_t)digit;
	} else if (!read_value(f->type, text, member)) {
		r->unreadable |= UINT64_C(1) << i;
		return;
	}
	r->found |= UINT64_C(1) << i;
}

/* Keys of one letter, which is the place of the field: SEND_MESSAGE_V2. */
static struct fields_read read_letters(const struct rmqi_header_desc *desc,
				       const struct rmqi_command *c, void *header)
{
	const struct rmqi_field *fields = desc->fields;
	size_t count = desc->field_count, letter;
	struct fields_read r = {0};

	for (const struct rmqi_ext *e = c->ext, *end = e + c->ext_count; e < end; e++) {
		if (e->key.len != 1)
			continue;
		letter = (unsigned char)e->key.ptr[0] - (size_t)'a';
		if (letter < count)
			read_field(&r, fields, letter, e->value, header);
	}
	return r;
}

static inline bool is_key(const struct rmqi_field *f, struct rmqi_str key)
{
	return f->wire_len == key.len && memcmp(f->wire + 2, key.ptr, key.len) == 0;
}

/* The first field from `from` on that has the key; `to` when there is none before it. */
static inline size_t search(const struct rmqi_field *fields, struct rmqi_str key, size_t from,
			    size_t to)
{
	while (from < to && !is_key(&fields[from], key))
		from++;
	return from;
}

static struct fields_read read_names(const struct rmqi_header_desc *desc,
				     const struct rmqi_command *c, void *header)
{
	size_t next = 0, i, count = desc->field_count;
	struct fields_read r = {0};

	for (const struct rmqi_ext *e = c->ext, *end = e + c->ext_count; e < end; e++) {
		/* Our own peers, and Java, send the fields in the order of the table, and leave out some. */
		i = search(desc->fields, e->key, next, count);
		if (i == count)
			i = search(desc->fields, e->key, 0, count);
		if (i == count)
			continue;
		next = i + 1;
		read_field(&r, desc->fields, i, e->value, header);
	}
	return r;
}

/* Names the first of the fields in `bits`. */
static const char *name_first(const struct rmqi_header_desc *desc, uint64_t bits)
{
	const struct rmqi_field *f = &desc->fields[__builtin_ctzll(bits)];

	return desc->short_keys ? f->short_key : f->key;
}

/* `found` says what stands in the header. */
static enum rmq_error judge(const struct rmqi_header_desc *desc, uint64_t found, uint64_t unreadable,
			    const char **bad)
{
	uint64_t wrong = unreadable | (desc->required & ~found);

	if (!wrong)
		return RMQ_OK;
	if (bad)
		*bad = name_first(desc, wrong);
	return RMQ_ERR_PROTOCOL;
}

static bool is_read(const struct rmqi_header_desc *desc, const struct rmqi_command *c)
{
	return c->letters.is_read && desc == &rmqi_desc_send_message_v2;
}

enum rmq_error rmqi_header_decode(const struct rmqi_header_desc *desc, const struct rmqi_command *c,
				  void *header, const char **bad)
{
	struct fields_read r;
	uint64_t *has = header;

	if (is_read(desc, c)) {
		memcpy(header, &c->letters.header, sizeof(c->letters.header));
		return judge(desc, *has, c->letters.unreadable, bad);
	}
	r = desc->short_keys ? read_letters(desc, c, header) : read_names(desc, c, header);
	*has |= r.found;
	return judge(desc, *has, r.unreadable, bad);
}

enum rmq_error rmqi_header_view(const struct rmqi_header_desc *desc, const struct rmqi_command *c,
				void *room, const void **out, const char **bad)
{
	if (is_read(desc, c)) {
		*out = &c->letters.header;
		return judge(desc, c->letters.header.has, c->letters.unreadable, bad);
	}
	memset(room, 0, desc->struct_size);
	*out = room;
	return rmqi_header_decode(desc, c, room, bad);
}

/* ---- Requests and responses ----------------------------------------------------------------- */

const struct rmqi_request_desc *rmqi_request_table(size_t *count)
{
	*count = RMQI_COUNT(requests);
	return requests;
}

static int compare_code(const void *key, const void *element)
{
	int32_t code = *(const int32_t *)key;
	const struct rmqi_request_desc *r = element;

	return (code > r->code) - (code < r->code);
}

const struct rmqi_request_desc *rmqi_request_find(int32_t code)
{
	return bsearch(&code, requests, RMQI_COUNT(requests), sizeof(requests[0]), compare_code);
}

const char *rmqi_request_name(int32_t code, char *buf, size_t size)
{
	const struct rmqi_request_desc *r = rmqi_request_find(code);

	if (r)
		return r->name;
	snprintf(buf, size, "REQUEST_%d", (int)code);
	return buf;
}

struct response_name {
	int32_t code;
	const char *name;
};

/* ResponseCode.java, RemotingSysResponseCode.java; ordered by code. */
static const struct response_name response_names[] = {
	{-1006, "RPC_TIME_OUT"},
	{-1004, "RPC_SEND_TO_CHANNEL_FAILED"},
	{-1002, "RPC_ADDR_IS_NULL"},
	{-1000, "RPC_UNKNOWN"},
	{0, "SUCCESS"},
	{1, "SYSTEM_ERROR"},
	{2, "SYSTEM_BUSY"},
	{3, "REQUEST_CODE_NOT_SUPPORTED"},
	{4, "TRANSACTION_FAILED"},
	{10, "FLUSH_DISK_TIMEOUT"},
	{11, "SLAVE_NOT_AVAILABLE"},
	{12, "FLUSH_SLAVE_TIMEOUT"},
	{13, "MESSAGE_ILLEGAL"},
	{14, "SERVICE_NOT_AVAILABLE"},
	{15, "VERSION_NOT_SUPPORTED"},
	{16, "NO_PERMISSION"},
	{17, "TOPIC_NOT_EXIST"},
	{18, "TOPIC_EXIST_ALREADY"},
	{19, "PULL_NOT_FOUND"},
	{20, "PULL_RETRY_IMMEDIATELY"},
	{21, "PULL_OFFSET_MOVED"},
	{22, "QUERY_NOT_FOUND"},
	{23, "SUBSCRIPTION_PARSE_FAILED"},
	{24, "SUBSCRIPTION_NOT_EXIST"},
	{25, "SUBSCRIPTION_NOT_LATEST"},
	{26, "SUBSCRIPTION_GROUP_NOT_EXIST"},
	{27, "FILTER_DATA_NOT_EXIST"},
	{28, "FILTER_DATA_NOT_LATEST"},
	{29, "INVALID_PARAMETER"},
	{200, "TRANSACTION_SHOULD_COMMIT"},
	{201, "TRANSACTION_SHOULD_ROLLBACK"},
	{202, "TRANSACTION_STATE_UNKNOW"},
	{203, "TRANSACTION_STATE_GROUP_WRONG"},
	{204, "NO_BUYER_ID"},
	{205, "NOT_IN_CURRENT_UNIT"},
	{206, "CONSUMER_NOT_ONLINE"},
	{207, "CONSUME_MSG_TIMEOUT"},
	{208, "NO_MESSAGE"},
	{209, "POLLING_FULL"},
	{210, "POLLING_TIMEOUT"},
	{211, "BROKER_NOT_EXIST"},
	{212, "BROKER_DISPATCH_NOT_COMPLETE"},
	{213, "BROADCAST_CONSUMPTION"},
	{215, "FLOW_CONTROL"},
	{501, "NOT_LEADER_FOR_QUEUE"},
	{604, "ILLEGAL_OPERATION"},
	{1500, "GO_AWAY"},
	{2000, "CONTROLLER_FENCED_MASTER_EPOCH"},
	{2001, "CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH"},
	{2002, "CONTROLLER_INVALID_MASTER"},
	{2003, "CONTROLLER_INVALID_REPLICAS"},
	{2004, "CONTROLLER_MASTER_NOT_AVAILABLE"},
	{2005, "CONTROLLER_INVALID_REQUEST"},
	{2006, "CONTROLLER_BROKER_NOT_ALIVE"},
	{2007, "CONTROLLER_NOT_LEADER"},
	{2008, "CONTROLLER_BROKER_METADATA_NOT_EXIST"},
	{2009, "CONTROLLER_INVALID_CLEAN_BROKER_METADATA"},
	{2010, "CONTROLLER_BROKER_NEED_TO_BE_REGISTERED"},
	{2011, "CONTROLLER_MASTER_STILL_EXIST"},
	{2012, "CONTROLLER_ELECT_MASTER_FAILED"},
	{2013, "CONTROLLER_ALTER_SYNC_STATE_SET_FAILED"},
	{2014, "CONTROLLER_BROKER_ID_INVALID"},
	{2015, "CONTROLLER_JRAFT_INTERNAL_ERROR"},
	{2016, "CONTROLLER_BROKER_LIVE_INFO_NOT_EXISTS"},
	{3001, "USER_NOT_EXIST"},
	{3002, "POLICY_NOT_EXIST"},
};

static int compare_response(const void *key, const void *element)
{
	int32_t code = *(const int32_t *)key;
	const struct response_name *r = element;

	return (code > r->code) - (code < r->code);
}

const char *rmqi_response_name(int32_t code, char *buf, size_t size)
{
	const struct response_name *r = bsearch(&code, response_names, RMQI_COUNT(response_names),
						sizeof(response_names[0]), compare_response);

	if (r)
		return r->name;
	snprintf(buf, size, "RESPONSE_%d", (int)code);
	return buf;
}

const char *rmqi_response_at(size_t index, int32_t *code)
{
	if (index >= RMQI_COUNT(response_names))
		return NULL;
	*code = response_names[index].code;
	return response_names[index].name;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/send_properties.h"

#include "codec/properties.h"

enum { PAIR_END = 0x02 };

static bool is_stamp(struct rmqi_str name)
{
	return rmqi_str_is(name, RMQI_PROP_MSG_REGION) || rmqi_str_is(name, RMQI_PROP_TRACE_ON) ||
	       rmqi_str_is(name, RMQI_PROP_CLUSTER) || rmqi_str_is(name, RMQI_PROP_POP_CK);
}

static void read_timer(struct rmqi_str name, struct mb_send_properties *out)
{
	if (rmqi_str_is(name, "TIMER_DELAY_SEC") || rmqi_str_is(name, "TIMER_DELAY_MS") ||
	    rmqi_str_is(name, "TIMER_DELIVER_MS"))
		out->is_timer = true;
}

static void read_delay(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	bool is_delay = rmqi_str_is(name, RMQI_PROP_DELAY);

	if (is_delay && !rmqi_str_to_i32(value, &out->delay_level))
		out->delay_level = 0;
	if (is_delay || rmqi_str_is(name, RMQI_PROP_REAL_TOPIC) ||
	    rmqi_str_is(name, RMQI_PROP_REAL_QID))
		out->has_old_delay = true;
}

/* Told apart by the first letter: most properties are the user's. */
static void read_pair(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	switch (name.ptr[0]) {
	case 'U':
		if (rmqi_str_is(name, RMQI_PROP_UNIQ_KEY)) {
			out->uniq_key = value;
			out->has_uniq_key = true;
		}
		break;
	case 'W':
		if (rmqi_str_is(name, RMQI_PROP_WAIT))
			out->must_wait = rmqi_str_to_bool(value);
		break;
	case 'K':
		if (rmqi_str_is(name, RMQI_PROP_KEYS))
			out->keys = value;
		break;
	case 'I':
		if (rmqi_str_is(name, RMQI_PROP_INNER_NUM))
			out->has_inner_num = true;
		break;
	case 'D':
	case 'R':
		read_delay(name, value, out);
		break;
	case 'T':
		if (rmqi_str_is(name, RMQI_PROP_TRAN_MSG))
			out->is_transaction = rmqi_str_to_bool(value);
		read_timer(name, out);
		out->has_old_stamp = out->has_old_stamp || is_stamp(name);
		break;
	case 'M':
	case 'C':
	case 'P':
		out->has_old_stamp = out->has_old_stamp || is_stamp(name);
		break;
	default:
		break;
	}
}

void mb_send_properties_read(struct rmqi_str text, struct mb_send_properties *out)
{
	struct rmqi_str name, value;

	*out = (struct mb_send_properties){.must_wait = true};
	while (rmqi_properties_next(&text, &name, &value))
		read_pair(name, value, out);
}

static void copy(const struct mb_send_properties *p, struct rmqi_str text, bool drop_delay,
		 struct rmqi_buf *out)
{
	static const char *const stamp[] = {RMQI_PROP_MSG_REGION, RMQI_PROP_TRACE_ON,
					    RMQI_PROP_CLUSTER, RMQI_PROP_POP_CK, NULL};
	static const char *const both[] = {
		RMQI_PROP_MSG_REGION, RMQI_PROP_TRACE_ON,   RMQI_PROP_CLUSTER,  RMQI_PROP_POP_CK,
		RMQI_PROP_DELAY,      RMQI_PROP_REAL_TOPIC, RMQI_PROP_REAL_QID, NULL};

	if (drop_delay && p->has_old_delay) {
		rmqi_properties_copy_without(out, text, both);
		return;
	}
	if (p->has_old_stamp) {
		rmqi_properties_copy_without(out, text, stamp);
		return;
	}
	rmqi_buf_add_str(out, text);
	if (text.len && text.ptr[text.len - 1] != PAIR_END)
		rmqi_buf_add_u8(out, PAIR_END);
}

void mb_send_properties_write(const struct mb_send_properties *p, struct rmqi_str text,
			      const struct rmqi_buf *stamp, bool drop_delay, struct rmqi_buf *out)
{
	rmqi_buf_reset(out);
	copy(p, text, drop_delay, out);
	if (!p->has_uniq_key)
		rmqi_properties_add(out, RMQI_STR(RMQI_PROP_UNIQ_KEY), p->uniq_key);
	rmqi_buf_add(out, rmqi_buf_data(stamp), stamp->len);
}

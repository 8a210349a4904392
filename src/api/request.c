/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/request.h>

#include "api/entry_checks.h"
#include "client/reply.h"
#include "producer/named.h"
#include "producer/producer.h"

static enum rmq_error request(rmq_producer *p, const rmq_message *m,
			      const rmq_send_options *options, rmq_message **reply,
			      struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_request(p, n.message, options, reply, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_request(rmq_producer *p, const rmq_message *m,
				    const rmq_send_options *options, rmq_message **reply,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m) &&
	    rmqi_entry_has(&entry, "reply", reply))
		entry.error = request(p, m, options, reply, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error request_async(rmq_producer *p, const rmq_message *m,
				    const rmq_send_options *options, rmq_reply_fn fn, void *arg,
				    struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_producer_request_async(p, n.message, options, fn, arg, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_request_async(rmq_producer *p, const rmq_message *m,
					  const rmq_send_options *options, rmq_reply_fn fn,
					  void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = request_async(p, m, options, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_body(struct rmqi_entry *entry, const void *body, size_t len)
{
	return body || len == 0 ||
	       rmqi_entry_refuse(entry, "%s: body is NULL, but len is %zu", entry->function, len);
}

enum rmq_error rmq_message_new_reply(const rmq_message *request, const void *body, size_t len,
				     rmq_message **reply, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "request", request) && has_body(&entry, body, len) &&
	    rmqi_entry_has(&entry, "reply", reply))
		entry.error = rmqi_reply_new(request, body, len, reply, entry.detail);
	return rmqi_entry_end(&entry);
}

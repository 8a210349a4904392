/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/transaction.h"

#include <rocketmq/transaction.h>

#include "api/entry_checks.h"
#include "base/process.h"
#include "producer/named.h"
#include "producer/producer.h"

enum rmq_error rmq_producer_set_check_fn(rmq_producer *p, rmq_transaction_check_fn fn, void *arg,
					 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_membership_set_check_fn(&p->membership, p->sender.group, fn, arg,
							   entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error add_topic(rmq_producer *p, const char *topic, struct rmq_error_detail *d)
{
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = rmqi_named_topic(p, topic, name, d);

	return err == RMQ_OK ? rmqi_membership_add_topic(&p->membership, name, d) : err;
}

enum rmq_error rmq_producer_add_topic(rmq_producer *p, const char *topic, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has_topic(&entry, topic))
		entry.error = add_topic(p, topic, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error begin(rmq_producer *p, const rmq_message *m, const rmq_send_options *options,
			    rmq_transaction **transaction, struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_transaction_begin(p, n.message, options, transaction, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_begin(rmq_producer *p, const rmq_message *m,
				  const rmq_send_options *options, rmq_transaction **transaction,
				  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m) &&
	    rmqi_entry_has(&entry, "transaction", transaction))
		entry.error = begin(p, m, options, transaction, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error begin_async(rmq_producer *p, const rmq_message *m,
				  const rmq_send_options *options, rmq_begin_fn fn, void *arg,
				  struct rmq_error_detail *d)
{
	struct rmqi_named n;
	enum rmq_error err = rmqi_named_begin(&n, p, m, d);

	if (err != RMQ_OK)
		return err;
	err = rmqi_transaction_begin_async(p, n.message, options, fn, arg, d);
	rmqi_named_end(&n);
	return err;
}

enum rmq_error rmq_producer_begin_async(rmq_producer *p, const rmq_message *m,
					const rmq_send_options *options, rmq_begin_fn fn, void *arg,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "m", m) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = begin_async(p, m, options, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

/* Not NULL, and made in this process. */
static bool has_transaction(struct rmqi_entry *entry, const rmq_transaction *t)
{
	if (!rmqi_entry_has(entry, "t", t))
		return false;
	return !rmqi_process_is_child(t->ledger->process) || rmqi_entry_refuse_child(entry);
}

static enum rmq_error end(const char *function, rmq_transaction *t,
			  enum rmq_transaction_state state, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_transaction(&entry, t))
		entry.error = rmqi_transaction_end(t, state, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_transaction_commit(rmq_transaction *t, rmq_error_detail **detail)
{
	return end(__func__, t, RMQ_TRANSACTION_COMMIT, detail);
}

enum rmq_error rmq_transaction_rollback(rmq_transaction *t, rmq_error_detail **detail)
{
	return end(__func__, t, RMQ_TRANSACTION_ROLLBACK, detail);
}

static enum rmq_error end_async(const char *function, rmq_transaction *t,
				enum rmq_transaction_state state, rmq_transaction_end_fn fn,
				void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_transaction(&entry, t) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_transaction_end_async(t, state, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_transaction_commit_async(rmq_transaction *t, rmq_transaction_end_fn fn,
					    void *arg, rmq_error_detail **detail)
{
	return end_async(__func__, t, RMQ_TRANSACTION_COMMIT, fn, arg, detail);
}

enum rmq_error rmq_transaction_rollback_async(rmq_transaction *t, rmq_transaction_end_fn fn,
					      void *arg, rmq_error_detail **detail)
{
	return end_async(__func__, t, RMQ_TRANSACTION_ROLLBACK, fn, arg, detail);
}

const char *rmq_transaction_id(const rmq_transaction *t)
{
	return t ? t->id : "";
}

const rmq_send_result *rmq_transaction_result(const rmq_transaction *t)
{
	return t ? t->result : NULL;
}

/* In the child of a fork the locks may be held by threads that are gone. */
void rmq_transaction_free(rmq_transaction *t)
{
	if (!t || rmqi_process_is_child(t->ledger->process))
		return;
	rmqi_guard_enter();
	rmqi_transaction_free(t);
	rmqi_guard_leave();
}

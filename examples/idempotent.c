/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idempotent.c - books each order once, however often its message comes and wherever the process is killed: the
 * key of the order and what is booked are one transaction of SQLite.
 *
 *     printf 'order-1 30\norder-2 12\n' | NAMESRV_ADDR=127.0.0.1:9876 idempotent send TOPIC
 *     idempotent book TOPIC GROUP DATABASE COUNT          until COUNT orders are booked, also by those before it
 *     idempotent book TOPIC GROUP DATABASE COUNT CRASH    is killed within the CRASHth order that it books
 *
 * An order is a line, its first word is its key. rmq_dedup stands in front of the database: what this process has
 * booked costs no transaction. It alone would not do: it knows nothing of those before, nor of the other
 * members of the group.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include <rocketmq/rocketmq.h>

enum { WINDOW = 10000, BUSY_MS = 10000 };

static rmq_dedup *window;
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* mu */
static sqlite3 *database; /* one connection has one transaction at a time */
static long crash;        /* orders until the process is killed; 0: it is not */
static long booked;
static long repeated;

/* --- The database ----------------------------------------------------------------------------------- */

static bool run(const char *sql)
{
	return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Runs a statement of one text and one number. */
static bool run_with(const char *sql, const char *text, long long number)
{
	sqlite3_stmt *s = NULL;
	bool is_ok = sqlite3_prepare_v2(database, sql, -1, &s, NULL) == SQLITE_OK &&
		     sqlite3_bind_text(s, 1, text, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
		     sqlite3_bind_int64(s, 2, number) == SQLITE_OK &&
		     sqlite3_step(s) == SQLITE_DONE;

	sqlite3_finalize(s);
	return is_ok;
}

static long long number_of(const char *sql)
{
	sqlite3_stmt *s = NULL;
	long long n = -1;

	if (sqlite3_prepare_v2(database, sql, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static bool open_database(const char *path)
{
	return sqlite3_open(path, &database) == SQLITE_OK &&
	       sqlite3_busy_timeout(database, BUSY_MS) == SQLITE_OK &&
	       run("CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, amount INTEGER)") &&
	       run("CREATE TABLE IF NOT EXISTS account "
		   "(id INTEGER PRIMARY KEY, balance INTEGER, last_order TEXT)") &&
	       run("INSERT OR IGNORE INTO account VALUES (1, 0, '')") &&
	       (booked = (long)number_of("SELECT count(*) FROM seen")) >= 0;
}

/* The key first: who finds it there has nothing to do. Key and work are both stored, or neither. Under mu. */
static bool book(const char *key, long long amount)
{
	bool is_new = false;
	bool is_ok = run("BEGIN IMMEDIATE") &&
		     run_with("INSERT OR IGNORE INTO seen VALUES (?1, ?2)", key, amount);

	if (is_ok)
		is_new = sqlite3_changes(database) == 1;
	if (is_new && crash > 0 && --crash == 0)
		raise(SIGKILL);
	if (is_new)
		is_ok = run_with("UPDATE account SET balance = balance + ?2, last_order = ?1", key,
				 amount);
	if (is_ok && run("COMMIT")) {
		booked += is_new;
		repeated += !is_new;
		return true;
	}
	fprintf(stderr, "%s: %s\n", key, sqlite3_errmsg(database));
	(void)run("ROLLBACK");
	return false;
}

/* --- The listener ----------------------------------------------------------------------------------- */

static bool book_message(const rmq_message *m)
{
	const char *key = rmq_message_keys(m);
	size_t len;
	const char *body = rmq_message_body(m, &len);
	char line[256];
	long long amount = 0;
	bool is_booked;

	snprintf(line, sizeof(line), "%.*s", (int)len, body);
	if (sscanf(line, "%*s %lld", &amount) != 1) {
		fprintf(stderr, "no order, and never will be: %s\n", line);
		return true;
	}
	pthread_mutex_lock(&mu);
	is_booked = book(key, amount);
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
	return is_booked;
}

/* Thread: a consume thread, several at once. */
static enum rmq_consume_status on_order(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	const char *key = rmq_message_keys(messages[0]); /* consumeMessageBatchMaxSize is 1 */
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_IN_PROGRESS;
	rmq_error_detail *detail = NULL;
	bool is_done = false;

	(void)c, (void)count, (void)context, (void)arg;
	if (rmq_dedup_begin(window, key, &verdict, &detail) != RMQ_OK)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail)); /* comes again */
	rmq_error_detail_free(detail);
	if (verdict == RMQ_DEDUP_NEW) {
		is_done = book_message(messages[0]);
		if (is_done)
			rmq_dedup_done(window, key);
		else
			rmq_dedup_forget(window, key);
	} else if (verdict == RMQ_DEDUP_SEEN) {
		is_done = true;
		pthread_mutex_lock(&mu);
		repeated++;
		pthread_mutex_unlock(&mu);
	}
	return is_done ? RMQ_CONSUME_SUCCESS : RMQ_RECONSUME_LATER;
}

static enum rmq_error consume(const rmq_config *config, char **argv, rmq_error_detail **detail)
{
	rmq_push_consumer *c = NULL;
	long wanted = strtol(argv[5], NULL, 10);
	enum rmq_error err = rmq_dedup_new(WINDOW, 0, &window, detail);

	if (err == RMQ_OK)
		err = rmq_push_consumer_new(config, argv[3], &c, detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_subscribe(c, argv[2], "*", detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_set_listener(c, on_order, NULL, detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_start(c, detail);
	pthread_mutex_lock(&mu);
	while (err == RMQ_OK && booked < wanted)
		pthread_cond_wait(&changed, &mu);
	pthread_mutex_unlock(&mu);
	/* No listener runs any more when the window goes. */
	if (err == RMQ_OK)
		err = rmq_push_consumer_close(c, -1, detail);
	rmq_push_consumer_free(c);
	rmq_dedup_free(window);
	return err;
}

static int book_orders(const rmq_config *config, char **argv, const char *crash_at)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_IO;

	crash = crash_at ? strtol(crash_at, NULL, 10) : 0;
	if (!open_database(argv[4]))
		fprintf(stderr, "%s: %s\n", argv[4], sqlite3_errmsg(database));
	else if ((err = consume(config, argv, &detail)) != RMQ_OK)
		fprintf(stderr, "idempotent: %s\n", rmq_error_detail_message(detail));
	else
		printf("%ld orders, balance %lld, %ld messages came again\n", booked,
		       number_of("SELECT balance FROM account"), repeated);
	rmq_error_detail_free(detail);
	sqlite3_close(database);
	return err == RMQ_OK ? 0 : 1;
}

/* --- The sender ------------------------------------------------------------------------------------- */

static enum rmq_error send_order(rmq_producer *p, const char *topic, const char *line,
				 rmq_error_detail **detail)
{
	rmq_message *m = rmq_message_new(topic, line, strlen(line));
	enum rmq_error err = m ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	char key[64];

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(line, " \n"), line);
	if (err == RMQ_OK)
		err = rmq_message_set_keys(m, key, detail);
	if (err == RMQ_OK)
		err = rmq_producer_send(p, m, NULL, NULL, detail);
	rmq_message_free(m);
	return err;
}

static int send_orders(const rmq_config *config, const char *topic)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_producer_new(config, "example-order-senders", &p, &detail);
	char line[256];

	if (err == RMQ_OK)
		err = rmq_producer_start(p, &detail);
	while (err == RMQ_OK && fgets(line, sizeof(line), stdin))
		err = send_order(p, topic, line, &detail);
	if (err != RMQ_OK)
		fprintf(stderr, "idempotent: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_producer_free(p);
	return err == RMQ_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	int status = 2;

	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	if (argc == 3 && strcmp(argv[1], "send") == 0)
		status = send_orders(config, argv[2]);
	else if ((argc == 6 || argc == 7) && strcmp(argv[1], "book") == 0)
		status = book_orders(config, argv, argc == 7 ? argv[6] : NULL);
	else
		fprintf(stderr, "usage: idempotent send TOPIC < orders\n"
				"       idempotent book TOPIC GROUP DATABASE COUNT [CRASH]\n");
	rmq_config_free(config);
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plain_acl.yml: a refusal has a reason with a line, and what is read and written is read again, and is written the same. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mock-broker/acl/accounts_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void write_again(const struct mb_accounts *a)
{
	struct mb_accounts *b;
	struct rmqi_buf first, second;
	char problem[256];
	enum rmq_error err;

	rmqi_buf_init(&first, 4 * MB_ACCOUNTS_FILE_MAX);
	rmqi_buf_init(&second, 4 * MB_ACCOUNTS_FILE_MAX);
	mb_accounts_write(a, &first);
	demand(rmqi_buf_status(&first) == RMQ_OK);
	err = mb_accounts_parse(rmqi_cursor_str(rmqi_buf_cursor(&first)), &b, problem,
				sizeof(problem));
	demand(err == RMQ_OK);
	mb_accounts_write(b, &second);
	demand(first.len == second.len &&
	       rmqi_memcmp(rmqi_buf_data(&first), rmqi_buf_data(&second), first.len) == 0);
	mb_accounts_free(b);
	rmqi_buf_deinit(&first);
	rmqi_buf_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char problem[256] = "";
	struct mb_accounts *a;
	enum rmq_error err = mb_accounts_parse(rmqi_str_n(data, size), &a, problem, sizeof(problem));

	if (err == RMQ_OK) {
		write_again(a);
		mb_accounts_free(a);
	} else {
		demand(err == RMQ_ERR_CONFIG && problem[0]);
	}
	return 0;
}

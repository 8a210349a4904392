/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers are refusals for want of credentials or permissions: words of real brokers. */
#include "base/macros.h"
#include "codec/codes.h"
#include "codec/denial.h"
#include "tests/support/suite.h"

static const char *const of_acl_1[] = {
	"org.apache.rocketmq.acl.common.AclException: No accessKey is configured, org.apache.rocketmq."
	"acl.plain.PlainPermissionManager.validate(PlainPermissionManager.java:663)",
	"org.apache.rocketmq.acl.common.AclException: No acl config for nobody12, org.apache.rocketmq."
	"acl.plain.PlainPermissionManager.validate(PlainPermissionManager.java:667)",
	"org.apache.rocketmq.acl.common.AclException: Check signature failed for accessKey=rocketmq2, "
	"org.apache.rocketmq.acl.plain.PlainPermissionManager.validate(PlainPermissionManager.java:683)",
	"org.apache.rocketmq.acl.common.AclException: No default permission for topic:otherT, "
	"org.apache.rocketmq.acl.plain.PlainPermissionManager.checkPerm(PlainPermissionManager.java:605)",
};

static const char *const of_acl_2[] = {
	"username cannot be null.",
	"User:x is not found.",
	"User:x not found.",
	"User:x is disabled.",
	"check signature failed.",
	"Authentication failed. Please verify the credentials and try again.",
	"Authorization failed. Please verify your access rights and try again.",
	"User:x has no permission to access Topic:T from 127.0.0.1, no matched policies.",
	"No accessKey is configured",
	"Check signature failed for accessKey=rocketmq2",
	"No default permission for topic:otherT",
	"Need admin permission for request code=17, but accessKey=x is not",
};

static const char *const others[] = {
	"",
	"the topic[T] sending message is forbidden",
	"the broker[127.0.0.1] pulling message is forbidden",
	"subscription group no permission, G",
	"the consumer group[G] can not consume by broadcast way",
	"java.lang.NullPointerException, null",
	"no consumer for this group, G",
	"User:x",
};

START_TEST(denial__is_known_by_its_words)
{
	for (size_t i = 0; i < RMQI_COUNT(of_acl_1); i++)
		ck_assert_msg(rmqi_is_denial(RMQI_RESP_SYSTEM_ERROR, rmqi_str(of_acl_1[i])), "%s",
			      of_acl_1[i]);
	for (size_t i = 0; i < RMQI_COUNT(of_acl_2); i++)
		ck_assert_msg(rmqi_is_denial(RMQI_RESP_NO_PERMISSION, rmqi_str(of_acl_2[i])), "%s",
			      of_acl_2[i]);
}
END_TEST

START_TEST(denial__is_not_every_refusal)
{
	for (size_t i = 0; i < RMQI_COUNT(others); i++) {
		ck_assert(!rmqi_is_denial(RMQI_RESP_SYSTEM_ERROR, rmqi_str(others[i])));
		ck_assert(!rmqi_is_denial(RMQI_RESP_NO_PERMISSION, rmqi_str(others[i])));
	}
	/* The text of an error, a message or a topic may quote anything. */
	ck_assert(!rmqi_is_denial(RMQI_RESP_SYSTEM_ERROR, RMQI_STR("check signature failed.")));
	ck_assert(!rmqi_is_denial(RMQI_RESP_SUCCESS, rmqi_str(of_acl_1[0])));
	ck_assert(!rmqi_is_denial(RMQI_RESP_TOPIC_NOT_EXIST, rmqi_str(of_acl_2[0])));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		denial__is_known_by_its_words,
		denial__is_not_every_refusal,
	};

	return run_suite("denial", tests, RMQI_COUNT(tests));
}

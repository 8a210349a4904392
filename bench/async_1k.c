/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/async_run.h"

int main(int argc, char **argv)
{
	return async_run("async_1k", 1024, (size_t)100 * 1000, argc, argv);
}

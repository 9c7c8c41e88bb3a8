/* SPDX-License-Identifier: Apache-2.0 */
/* nothing: a program to execute. */
int main(void)
{
	return 0;
}

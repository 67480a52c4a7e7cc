TESTS += %D%/run.sh %D%/vm.sh
EXTRA_DIST += \
	%D%/chroot.py \
	%D%/conftest.py \
	%D%/debian.py \
	%D%/inside \
	%D%/packages \
	%D%/run.sh \
	%D%/test_build.py \
	%D%/test_init.py \
	%D%/test_life.py \
	%D%/tree \
	%D%/vm.sh

# Debian's packages, and what builds them; see setup.
EXTRA_DIST += \
	%D%/build \
	%D%/debian/awsmfa.config \
	%D%/debian/awsmfa.lintian-overrides \
	%D%/debian/awsmfa.postinst \
	%D%/debian/awsmfa.postrm \
	%D%/debian/awsmfa.templates \
	%D%/debian/changelog \
	%D%/debian/control \
	%D%/debian/copyright \
	%D%/debian/libpam-awsmfa.install \
	%D%/debian/libpam-awsmfa.lintian-overrides \
	%D%/debian/libpam-awsmfa.postinst \
	%D%/debian/libpam-awsmfa.prerm \
	%D%/debian/pam-configs/awsmfa \
	%D%/debian/po/POTFILES.in \
	%D%/debian/po/templates.pot \
	%D%/debian/rules \
	%D%/debian/source/format

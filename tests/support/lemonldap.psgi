# LemonLDAP::NG's portal over its demonstration backend, whose people stand in a file that a test may change.
use strict;
use warnings;
use JSON;
use Lemonldap::NG::Portal::Main;
use Lemonldap::NG::Portal::UserDB::Demo;

# The portal loads a captcha also where none is shown; Debian's draws with half of ImageMagick.
package Lemonldap::NG::Portal::Captcha::None {
    use Mouse;
    extends 'Lemonldap::NG::Common::Module';
    sub init { return 1 }
}
$INC{'Lemonldap/NG/Portal/Captcha/None.pm'} = __FILE__;

my $portal = Lemonldap::NG::Portal::Main->run({});

sub {
    open my $file, '<', $ENV{LLNG_TEST_PEOPLE} or die "no people: $!";
    local $/ = undef;
    %Lemonldap::NG::Portal::UserDB::Demo::demoAccounts = %{ decode_json(<$file>) };
    my $answer = $portal->(@_);
    # A browser takes no cookie with a domain from an address that is a number.
    s/; domain=[^;]+// for @{ $answer->[1] };
    return $answer;
};

// How names are typed by whoever only hears them, or reads them in another hand: what a search must find (downtime DT27, 98 of 100).
// Left: as typed at the desk. Right: as registered. Gathered from the spellings that each language group is known for; no person is meant.

export const HEARD: readonly (readonly [typed: string, registered: string])[] = (
  [
    // English: mute letters, doubled letters, endings.
    'Clark=Clarke Smyth=Smith Smithe=Smith Thomson=Thompson Tomson=Thompson Johnston=Johnson Jonson=Johnson Stevenson=Stephenson',
    'Philips=Phillips Fillips=Phillips Reid=Read Reed=Reid Wright=Right Rite=Wright Nite=Knight Night=Knight Knowls=Knowles',
    'Leigh=Lee Lea=Leigh Alison=Allison Catherine=Kathryn Katharine=Catherine Cathrin=Catherine Geoffrey=Jeffrey Jeffery=Geoffrey',
    'Shaun=Sean Shawn=Sean Nickolas=Nicholas Steven=Stephen Stefen=Stephen Mathew=Matthew Antony=Anthony Brain=Brian Bryan=Brian',
    'Hughs=Hughes Hewes=Hughes Haris=Harris Harries=Harris Davis=Davies Rodgers=Rogers Roger=Rodger McDonald=MacDonald',
    'Mackay=McKay Mcleod=MacLeod Macintyre=McIntyre Cooke=Cook Browne=Brown Green=Greene Marsh=Marshe Greenwod=Greenwood',
    'Ashworht=Ashworth Pikering=Pickering Whittaker=Whitaker Witaker=Whitaker Osborn=Osborne Hargraves=Hargreaves Wilks=Wilkes',
    'Joann=Joanne Jon=John Ann=Anne Lynne=Lynn Gillan=Gillian Jillian=Gillian Winifrid=Winifred Elain=Elaine Margret=Margaret',
    // Irish and Welsh.
    'Neve=Niamh Nieve=Niamh Shivaun=Siobhan Shevaun=Siobhan Keeran=Ciaran Kieran=Ciarán Owen=Eoin Oconnor=O’Connor Oneil=O’Neill',
    'Docherty=Doherty Galagher=Gallagher Murphey=Murphy Kelley=Kelly Burne=Byrne Lewelyn=Llewellyn Gwinneth=Gwyneth Reese=Rhys',
    // Polish and other Slavic.
    'Kovalski=Kowalski Kowalsky=Kowalski Kowalska=Kowalski Visnievski=Wiśniewski Wisniewska=Wiśniewski Vujcik=Wójcik Wojcik=Wójcik',
    'Zelinski=Zieliński Shimanski=Szymański Szymanska=Szymański Dombrovski=Dąbrowski Dabrowska=Dąbrowski Novak=Nowak Lukash=Łukasz',
    'Pavel=Paweł Kristof=Krzysztof Agneshka=Agnieszka Malgorzata=Małgorzata Zofja=Zofia Tomash=Tomasz Mikhal=Michał Petrov=Petroff',
    'Ivanof=Ivanov Dimitrov=Dimitrova Georgiew=Georgiev Horvat=Horvath Kovach=Kovács Sabo=Szabó Nadj=Nagy Milosevic=Milošević',
    'Popovich=Popović Jovanovich=Jovanović Tchaikovsky=Chaikovskiy Yeltsin=Jelzin',
    // German, Dutch, Nordic.
    'Mueller=Müller Muller=Müller Miller=Müller Schaefer=Schäfer Shafer=Schäfer Gross=Groß Krueger=Krüger Kruger=Krüger Weiss=Weiß',
    'Boehm=Böhm Bohm=Böhm Schmitt=Schmidt Schmid=Schmidt Shmit=Schmidt Meier=Meyer Maier=Meyer Mayer=Meier Fischer=Fisher',
    'Hofmann=Hoffmann Hoffman=Hofmann Bauer=Baur Becker=Bäcker Neuman=Neumann Vogel=Fogel Wagner=Vagner Zimmerman=Zimmermann',
    'Van_Dyk=van_Dijk Deboer=de_Boer Jansen=Janssen Peterson=Petersen Olson=Olsen Hansson=Hansen Johanson=Johansson',
    // French.
    'Lefevre=Lefebvre Lefèvre=Lefebvre Reno=Renault Renaud=Renault Bodin=Baudin Boshe=Boucher Busher=Boucher Perro=Perrault',
    'Tibo=Thibault Thibaud=Thibault Moro=Moreau Bono=Bonneau Dipon=Dupont Dupond=Dupont Jirard=Girard Girar=Girard Filip=Philippe',
    'Mishel=Michel Jak=Jacques Jaques=Jacques Gotier=Gauthier Gautier=Gauthier Beno=Benoît Benoit=Benoît Fransois=François',
    // Spanish, Portuguese, Italian.
    'Garsia=García Garcya=García Gonsales=González Gonzales=González Fernandes=Fernández Hernandes=Hernández Ernandez=Hernández',
    'Rodrigues=Rodríguez Nunes=Núñez Nunyez=Núñez Munoz=Muñoz Munyos=Muñoz Ibanez=Ibáñez Ximenez=Jiménez Himenez=Jiménez',
    'Bega=Vega Valle=Balle Castaneda=Castañeda Ortis=Ortiz Begonia=Begoña Inigo=Íñigo Hoaquin=Joaquín Jose=José Lusia=Lucía',
    'Gonsalves=Gonçalves Conceicao=Conceição Araujo=Araújo Magalhaes=Magalhães Magalyaes=Magalhães Simoes=Simões Joao=João',
    'Antonio=António Ines=Inês Jovanni=Giovanni Giovani=Giovanni Bianki=Bianchi Espozito=Esposito',
    // Arabic, Persian, Turkish, Urdu and South Asian, in Latin letters.
    'Mohamed=Mohammed Muhammad=Mohammed Mohamad=Mohammed Mohammad=Muhammed Hussein=Hussain Husain=Hussein Hossain=Hussain',
    'Husseyn=Hussain Ahmad=Ahmed Ahmet=Ahmed Achmed=Ahmed Yousef=Yusuf Youssef=Yusuf Yosef=Yousuf Ibraheem=Ibrahim Ebrahim=Ibrahim',
    'Abdallah=Abdullah Abdulah=Abdullah Abdelrahman=Abdulrahman Kaled=Khalid Khaled=Khalid Halid=Khalid Omer=Umar Omar=Umar',
    'Osman=Othman Uthman=Osman Fatema=Fatima Fatimah=Fatima Aysha=Aisha Aicha=Aisha Ayesha=Aisha Mariam=Maryam Miriam=Maryam',
    'Haddat=Haddad Elhaddad=Al-Haddad Qasim=Kassem Kasim=Qasim Gasim=Qasim Hasan=Hassan Hassane=Hassan Sayed=Syed Saeed=Said',
    'Shaikh=Sheikh Shaik=Sheikh Chaudry=Chaudhry Choudhury=Chaudhry Chowdhury=Choudhury Malick=Malik Kahn=Khan Rehman=Rahman',
    'Begam=Begum Akther=Akhtar Akter=Akhtar Iqball=Iqbal Pattel=Patel Sing=Singh Sharmah=Sharma Gunesh=Güneş Gulsen=Gülşen',
    'Yildirim=Yıldırım Ozturk=Öztürk Jelik=Çelik Chelik=Çelik Celik=Çelik Nasrin=Nasreen Nazreen=Nasreen Parvin=Parveen',
    // East and South-East Asian, and African, in Latin letters.
    'Nguyn=Nguyen Nyugen=Nguyen Nguyễn=Nguyen Chen=Chan Tran=Trần Li=Lee Wong=Wang Jang=Zhang Chang=Zhang Xu=Hsu Kim=Gim',
    'Park=Pak Yamamotto=Yamamoto Sato=Satoh Itoh=Ito Okonkwo=Okonquo Adeyemy=Adeyemi Mwangy=Mwangi Tesfay=Tesfaye Abebbe=Abebe',
    // Other scripts than the one that was registered.
    'محمد=Mohammed حسين=Hussein حسن=Hassan خالد=Khalid عمر=Omar يوسف=Yousef كريم=Karim سالم=Salem نور=Nour رشيد=Rashid',
    'Иванов=Ivanov Петров=Petrov Сергей=Sergei Николай=Nikolai Ольга=Olga Παπαδόπουλος=Papadopoulos Νίκος=Nikos',
    // Slips of the pen, beginnings.
    'Hargreves=Hargreaves Fletcer=Fletcher Mitchel=Mitchell Sutten=Sutton Thorton=Thornton Greewnood=Greenwood Bennet=Bennett',
    'Kendal=Kendall Elison=Ellison Lowson=Lawson Parish=Parrish Fletch=Fletcher Pick=Pickering Hugh=Hughes Max=Maximilian',
  ] as const
)
  .flatMap((line) => line.split(' '))
  .flatMap((pair): readonly (readonly [string, string])[] => {
    const [typed = '', registered = ''] = pair.split('=');
    return [[typed.replace('_', ' '), registered.replace('_', ' ')]];
  });
